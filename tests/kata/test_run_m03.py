"""What a learner sees who runs milestone 3.

pytest tests/kata/test_run_m03.py
"""

import os
import re
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree

import pytest

from tests.kata import runs

pytestmark = pytest.mark.timeout(240)  # each run starts Python and PyTorch anew

M03 = "m03_multi_head_attention"
RUNGS = [
    "bag of words", "MLP on each word", "MLP on the mean", "simple attention",
    "the same, scaled", "one head", "four heads",
]  # fmt: skip


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runs.clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def finished(clone: Path) -> CompletedProcess[str]:
    return runs.run(clone, M03, "--steps", "5")


def test_a_run_ends_well(finished: CompletedProcess[str]) -> None:
    assert (finished.returncode, finished.stderr) == (0, "")


def test_it_says_that_the_reviews_are_synthetic(
    finished: CompletedProcess[str],
) -> None:
    assert finished.stdout.startswith("8,000 synthetic reviews to learn from, 2,000 others")
    assert "Right verdicts on synthetic reviews that the models have not seen" in finished.stdout


def test_the_table_holds_every_rung(finished: CompletedProcess[str]) -> None:
    runs.check_table(finished.stdout, RUNGS)


def test_the_chart_is_drawn(clone: Path, finished: CompletedProcess[str]) -> None:
    assert finished.stdout.endswith("Bar chart: runs/m03/synthetic.svg\n")
    ElementTree.parse(clone / "runs/m03/synthetic.svg")


def test_a_pipe_gets_no_progress_bar(finished: CompletedProcess[str]) -> None:
    assert "\x1b" not in finished.stdout
    assert "left" not in finished.stdout


@pytest.fixture(scope="module")
def shown(clone: Path) -> CompletedProcess[str]:
    text = "The story wasn't GREAT, the acting was not great."
    return runs.run(clone, M03, "--show", text, "--page", "--steps", "20")


def test_heads_are_shown_as_numbers_and_as_a_figure(
    clone: Path, shown: CompletedProcess[str]
) -> None:
    assert (shown.returncode, shown.stderr) == (0, "")
    words = ["the", "story", "great", ",", "the", "acting", "was", "not", "great", "."]
    heads = re.split(r"\nhead \d\n", shown.stdout)[1:]
    assert len(heads) == 4
    for head in heads:
        header, *rows = head.split("\n\n")[0].splitlines()
        assert [word[:5] for word in words] == [word[:5] for word in header.split()]
        assert [row.split()[0] for row in rows] == words
        for row in rows:
            numbers = [0 if number == "·" else int(number) for number in row.split()[1:]]
            assert sum(numbers) == pytest.approx(100, abs=5)
    assert "\nThe same as a figure: runs/m03/heads.svg\n" in shown.stdout
    ElementTree.parse(clone / "runs/m03/heads.svg")


def test_heads_are_a_page_too(clone: Path, shown: CompletedProcess[str]) -> None:
    assert shown.stdout.endswith("\nA page to touch, for a browser: runs/m03/heads.html\n")
    page = (clone / "runs/m03/heads.html").read_text("utf-8")
    assert '"the", "story", "great", ",", "the"' in page
    assert '"head 1", "head 2", "head 3", "head 4"' in page


def test_a_page_of_nothing_is_refused_in_one_line(clone: Path) -> None:
    stopped = runs.run(clone, M03, "--page")
    assert stopped.returncode == 2
    assert stopped.stderr.endswith("error: --page needs --show: it is a page of what that shows\n")


def test_unknown_words_are_said(shown: CompletedProcess[str]) -> None:
    assert shown.stdout.startswith("Left out, because the vocabulary lacks them: wasn't.\n")


def test_a_text_of_unknown_words_stops_in_one_line(clone: Path) -> None:
    stopped = runs.run(clone, M03, "--show", "xyzzy")
    assert (stopped.returncode, stopped.stderr.count("\n")) == (2, 1)
    assert "No word is left" in stopped.stderr


def test_an_unwritten_part_is_named_in_one_line(clone: Path) -> None:
    stopped = runs.run(clone, M03, KATA_TREE=str(clone / "milestones"))
    assert stopped.returncode == 1
    assert re.fullmatch(r"\S+ is not written yet \(.*\)\. What to do next: .*\n", stopped.stderr)


@pytest.mark.parametrize("package", ["m02_self_attention", M03, "m04_transformer_block"])
def test_real_reviews_are_compared_in_the_same_way(
    clone: Path, tmp_path: Path, package: str
) -> None:
    path = os.pathsep.join([str(clone), str(runs.install_reviews(tmp_path))])
    finished = runs.run(clone, package, "--data", "reviews", "--steps", "2", PYTHONPATH=path)
    assert (finished.returncode, finished.stderr) == (0, "")
    assert finished.stdout.startswith("70 real reviews to learn from, 10 others to judge")
    assert "Right verdicts on real reviews that the models have not seen" in finished.stdout
    assert re.search(r"model +parameters +IMDb +Rotten Tomatoes +all", finished.stdout)
    assert "best without" not in finished.stdout
