"""What a learner sees who runs milestone 13.

pytest tests/kata/test_run_m13.py
"""

import json
import re
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree

import pytest

from tests.kata import runs

pytestmark = pytest.mark.timeout(300)  # each run starts Python and PyTorch anew

M07, M13 = "m07_trainer", "m13_inside"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runs.clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def finished(clone: Path) -> CompletedProcess[str]:
    return runs.run(clone, M13)


@pytest.fixture(scope="module")
def trained(clone: Path) -> Path:
    """A learner's own GPT, hardly trained."""
    done = runs.run(clone, M07, "--steps", "3", KATA_RUNS=str(clone / "runs/m07"))
    assert done.returncode == 0, done.stderr
    return clone / "runs/m07/checkpoint.pt"


def test_a_run_ends_well(finished: CompletedProcess[str]) -> None:
    assert (finished.returncode, finished.stderr) == (0, "")


def test_it_has_learned_who_receives_and_the_lens_sees_it_in_the_end_alone(
    finished: CompletedProcess[str],
) -> None:
    rows = re.findall(
        r"^ +(?:before|after) block \d +([\d.]+)% +-?[\d.]+ *$", finished.stdout, re.M
    )
    early, _, late = map(float, rows)
    assert early < 20
    assert late > 95


def test_the_giver_is_where_the_answer_is_until_it_is_at_the_end(
    finished: CompletedProcess[str],
) -> None:
    _, _, patched = finished.stdout.partition("The stream patched")
    row = r"^ +(?:before|after) block \d" + 6 * r" +(-?\d+)" + " *$"
    first, _, last = (list(map(int, cells)) for cells in re.findall(row, patched, re.M))
    assert first == [100, 0, 0, 100, 0, 0]
    assert last == [0, 0, 100, 0, 0, 100]


def test_every_head_has_a_row(finished: CompletedProcess[str]) -> None:
    rows = re.findall(
        r"^ +([01]\.[0-3]) +\d+% +\d+% +-?\d+% +-?[\d.]+ +-?[\d.]+ *$", finished.stdout, re.M
    )
    assert rows == [f"{layer}.{head}" for layer in range(2) for head in range(4)]


@pytest.mark.parametrize("name", ["patching", "attribution"])
def test_figures_are_drawn(clone: Path, finished: CompletedProcess[str], name: str) -> None:
    assert f"runs/m13/{name}.svg" in finished.stdout
    ElementTree.parse(clone / f"runs/m13/{name}.svg")


def test_a_pipe_gets_no_progress_bar_and_80_columns_are_enough(
    finished: CompletedProcess[str],
) -> None:
    lines = [line for line in finished.stdout.splitlines() if not line.startswith(("Of ", "One "))]
    assert "\x1b" not in finished.stdout
    assert max(map(len, lines)) <= 80


def test_the_same_seed_gives_the_same_numbers(clone: Path) -> None:
    one, other = (runs.run(clone, M13, "--steps", "2").stdout for _ in range(2))
    assert one == other


def test_a_page_of_all_heads_is_written(clone: Path) -> None:
    done = runs.run(clone, M13, "--steps", "2", "--page")
    assert (done.returncode, done.stderr) == (0, "")
    page = (clone / "runs/m13/heads.html").read_text("utf-8")
    assert all(f"{layer}.{head}" in page for layer in range(2) for head in range(4))


def test_it_looks_into_a_learners_own_gpt(clone: Path, trained: Path) -> None:
    done = runs.run(clone, M13, "--checkpoint", str(trained), "--page")
    assert (done.returncode, done.stderr) == (0, "")
    assert (
        len(re.findall(r"^ +(?:before|after) block \d +[\d.]+% +[\d.]+ *$", done.stdout, re.M)) == 5
    )
    assert len(re.findall(r"^ +[0-3]\.[0-3] .* [+-]0\.\d{3} *$", done.stdout, re.M)) == 16
    assert len(re.findall(r"^ +[0-3]\.\d+ .*' \d+% *$", done.stdout, re.M)) == 12
    assert (clone / "runs/m13/checkpoint.html").exists()


def test_a_checkpoint_without_its_sizes_is_told_in_a_line(clone: Path, tmp_path: Path) -> None:
    for settings in ("", "{}", '{"gpt": 3, "corpus": "pydocs"}'):
        (tmp_path / "run.json").write_text(settings, "utf-8")
        done = runs.run(clone, M13, "--checkpoint", str(tmp_path / "checkpoint.pt"))
        assert done.returncode == 2
        assert re.fullmatch(r"\S*run.json tells no sizes of a GPT: .*\n", done.stderr)


def test_a_checkpoint_that_cannot_be_read_is_told_in_a_line(
    clone: Path, trained: Path, tmp_path: Path
) -> None:
    (tmp_path / "run.json").write_bytes(trained.with_name("run.json").read_bytes())
    (tmp_path / "checkpoint.pt").write_bytes(b"no checkpoint")
    done = runs.run(clone, M13, "--checkpoint", str(tmp_path / "checkpoint.pt"))
    assert done.returncode == 2
    assert re.fullmatch(r"\S*checkpoint.pt cannot be read: .*\n", done.stderr)


def test_a_text_with_other_characters_is_told_in_a_line(
    clone: Path, trained: Path, tmp_path: Path
) -> None:
    run = json.loads(trained.with_name("run.json").read_text("utf-8"))
    run["gpt"]["vocab_size"] += 1
    (tmp_path / "run.json").write_text(json.dumps(run), "utf-8")
    (tmp_path / "checkpoint.pt").write_bytes(trained.read_bytes())
    done = runs.run(clone, M13, "--checkpoint", str(tmp_path / "checkpoint.pt"))
    assert done.returncode == 2
    assert re.fullmatch(r"pydocs has other characters than \S*checkpoint.pt. .*\n", done.stderr)


def test_a_run_of_milestone_7_keeps_the_sizes_of_its_gpt(trained: Path) -> None:
    run = json.loads(trained.with_name("run.json").read_text("utf-8"))
    assert set(run["gpt"]) == {
        "vocab_size", "context_length", "d_model", "n_layers", "n_heads", "dropout",
    }  # fmt: skip


@pytest.mark.parametrize("words", [["--page"], ["--checkpoint", "a.pt"]])
def test_a_published_model_has_neither_page_nor_checkpoint(clone: Path, words: list[str]) -> None:
    done = runs.run(clone, M13, "--weights", "smollm2", *words)
    assert done.returncode == 2
    assert done.stderr.endswith("error: --weights goes with neither --page nor --checkpoint\n")


def test_an_unwritten_part_is_named_in_one_line(clone: Path) -> None:
    stopped = runs.run(clone, M13, "--steps", "2", KATA_TREE=str(clone / "milestones"))
    assert stopped.returncode == 1
    assert re.fullmatch(r"\S+ is not written yet \(.*\)\. What to do next: .*\n", stopped.stderr)
