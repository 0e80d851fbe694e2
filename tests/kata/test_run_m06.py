"""What a learner sees who runs milestone 6 on real text.

pytest tests/kata/test_run_m06.py
"""

import re
import subprocess
from pathlib import Path

import pytest

from kata.paths import ROOT
from tests.kata import runs

pytestmark = pytest.mark.timeout(180)  # each run starts Python and PyTorch anew
TEXT = "the cat sat on the mat and ate the rat that sat there\n" * 300


def run(
    folder: Path, *arguments: str, fresh: bool = False, **settings: str
) -> subprocess.CompletedProcess[str]:
    (folder / "cats.txt").write_text(TEXT, "utf-8")
    small = ("--corpus", "cats.txt", *arguments)
    settings["COLUMNS"] = "120"
    return runs.run(ROOT, "m06_sampler", *small, cwd=folder, fresh=fresh, **settings)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> subprocess.CompletedProcess[str]:
    return run(tmp_path_factory.mktemp("elsewhere"), "--steps", "20")


def test_a_run_ends_well(finished: subprocess.CompletedProcess[str]) -> None:
    assert (finished.returncode, finished.stderr) == (0, "")


def test_it_says_what_is_trained_on_what(finished: subprocess.CompletedProcess[str]) -> None:
    assert re.match(
        r"Training [\d,]+ parameters on cats\.txt: 16,200 characters, 13 different ones\.\n"
        r"The loss is now \d\.\d\d nats per character\.\n",
        finished.stdout,
    )


def test_it_writes_three_hundred_characters(finished: subprocess.CompletedProcess[str]) -> None:
    sample = re.search(r"with top-p 0\.9:\n\n(.*?)\n\n +From", finished.stdout, re.S)
    assert sample is not None
    assert len(sample[1]) == 300
    assert set(sample[1]) <= set(TEXT)


def test_the_table_holds_every_way_to_choose(finished: subprocess.CompletedProcess[str]) -> None:
    rows = re.findall(r"^  (\S.*?)   +(\S.*?)   +(\d+\.\d\d) *$", finished.stdout, re.M)
    names = ["greedy", "temperature 0.5", "temperature 1", "temperature 1.5", "top-k 5"]
    assert [row[0] for row in rows] == [*names, "top-p 0.9", "beam search, 4"]
    nats = {name: float(number) for name, _, number in rows}
    assert nats["beam search, 4"] <= nats["temperature 1.5"]


def test_it_says_what_the_cache_gains(finished: subprocess.CompletedProcess[str]) -> None:
    last = finished.stdout.splitlines()[-1]
    assert re.fullmatch(
        r"With the cache it writes [\d,]+ tokens per second, without [\d,]+: "
        r"[\d.]+ times as fast\.",
        last,
    )


def test_a_pipe_gets_no_progress_bar(finished: subprocess.CompletedProcess[str]) -> None:
    assert "\x1b" not in finished.stdout
    assert "left" not in finished.stdout


def test_the_same_seed_gives_the_same_texts(
    finished: subprocess.CompletedProcess[str], tmp_path: Path
) -> None:
    def texts(done: subprocess.CompletedProcess[str]) -> list[str]:
        return done.stdout.splitlines()[:-1]  # the last line holds the speed

    assert texts(run(tmp_path, "--steps", "20", fresh=True)) == texts(finished)
    assert texts(run(tmp_path, "--steps", "20", "--seed", "1")) != texts(finished)


def test_an_unwritten_part_is_named_in_one_line(tmp_path: Path) -> None:
    stopped = run(tmp_path, KATA_TREE=str(ROOT / "milestones"))
    assert stopped.returncode == 1
    assert re.fullmatch(r"\S+ is not written yet \(.*\)\. What to do next: .*\n", stopped.stderr)


def test_steps_are_counted_from_one(tmp_path: Path) -> None:
    stopped = run(tmp_path, "--steps", "0")
    assert stopped.returncode == 2
    assert "expected a whole number from 1 up, got '0'" in stopped.stderr
