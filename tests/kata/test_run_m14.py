"""What a learner sees who runs milestone 14.

pytest tests/kata/test_run_m14.py
"""

import re
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree

import pytest

from tests.kata import runs

pytestmark = pytest.mark.timeout(300)  # each run starts Python and PyTorch anew

M14 = "m14_circuits"
HEADS = [f"{layer}.{head}" for layer in range(2) for head in range(4)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runs.clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def finished(clone: Path) -> CompletedProcess[str]:
    return runs.run(clone, M14, "--page")


def test_a_run_ends_well(finished: CompletedProcess[str]) -> None:
    assert (finished.returncode, finished.stderr) == (0, "")


def test_two_layers_repeat_grown_or_by_hand_and_one_layer_does_not(
    finished: CompletedProcess[str],
) -> None:
    row = r"^ +(one layer|two layers|two layers, by hand) +([\d.]+)% +[\d.]+ +-[\d.]+ *$"
    right = {name: float(share) for name, share in re.findall(row, finished.stdout, re.M)}
    assert right["two layers, by hand"] == 100
    assert right["two layers"] > 95
    assert right["one layer"] < 50


def test_every_head_has_its_scores_and_one_is_missed_most(finished: CompletedProcess[str]) -> None:
    row = r"^ +([01]\.[0-3]) +([\d.]+) +([\d.]+) +([+-][\d.]+) +[+-][\d.]+ +([\d.]+)% *$"
    rows = {name: tuple(map(float, each)) for name, *each in re.findall(row, finished.stdout, re.M)}
    assert list(rows) == HEADS
    before = max(HEADS, key=lambda name: rows[name][0])
    assert before.startswith("0.")
    assert before == min(HEADS, key=lambda name: rows[name][3])
    assert all(rows[name][1] > 0.5 and rows[name][2] > 0.9 for name in HEADS[4:])


def test_keys_read_the_head_that_looks_back(finished: CompletedProcess[str]) -> None:
    (keys,) = re.findall(r"^ +keys +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) +([\d.]+) *$",
                         finished.stdout, re.M)  # fmt: skip
    *heads, random = map(float, keys)
    (through,) = re.findall(r"^Through head 0\.(\d) ", finished.stdout, re.M)
    assert heads[int(through)] == max(heads)
    assert max(heads) > 1.4 * random


def test_the_phase_change_is_drawn(clone: Path, finished: CompletedProcess[str]) -> None:
    assert "The phase change: runs/m14/phase.svg\n" in finished.stdout
    ElementTree.parse(clone / "runs/m14/phase.svg")


def test_a_page_of_all_heads_is_written(clone: Path, finished: CompletedProcess[str]) -> None:
    page = (clone / "runs/m14/heads.html").read_text("utf-8")
    assert all(name in page for name in HEADS)


def test_a_pipe_gets_no_progress_bar_and_80_columns_are_enough(
    finished: CompletedProcess[str],
) -> None:
    lines = [line for line in finished.stdout.splitlines() if "copying scores" not in line]
    assert "\x1b" not in finished.stdout
    assert max(map(len, lines)) <= 80


def test_the_same_seed_gives_the_same_numbers(clone: Path) -> None:
    one, other = (runs.run(clone, M14, "--steps", "2").stdout for _ in range(2))
    assert one == other


def test_an_unwritten_part_is_named_in_one_line(clone: Path) -> None:
    stopped = runs.run(clone, M14, "--steps", "2", KATA_TREE=str(clone / "milestones"))
    assert stopped.returncode == 1
    assert re.fullmatch(r"\S+ is not written yet \(.*\)\. What to do next: .*\n", stopped.stderr)
