"""What a learner sees who runs milestone 9.

pytest tests/kata/test_run_m09.py
"""

import re
from pathlib import Path
from subprocess import CompletedProcess
from xml.etree import ElementTree

import pytest

from tests.kata import runs

pytestmark = pytest.mark.timeout(240)  # each run starts Python and PyTorch anew

M09 = "m09_positions"
KINDS = [
    "none", "learned", "sinusoidal", "relative", "rotary", "ALiBi",
    "rotary, places divided", "rotary, larger base",
]  # fmt: skip


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runs.clone(tmp_path_factory.mktemp("clone"))


@pytest.fixture(scope="module")
def finished(clone: Path) -> CompletedProcess[str]:
    return runs.run(clone, M09, "--steps", "2")


def test_a_run_ends_well(finished: CompletedProcess[str]) -> None:
    assert (finished.returncode, finished.stderr) == (0, "")


@pytest.mark.parametrize("task", ["three back", "latest capital"])
def test_the_table_of_each_task_holds_every_kind(
    finished: CompletedProcess[str], task: str
) -> None:
    _, _, table = finished.stdout.partition(f"Right answers in per cent: {task}")
    table, _, _ = table.partition("Right answers")
    rows = re.findall(r"^ +(\S.*?)  +(\d+)  +(\d+)  +(\d+)  +(\d+) *$", table, re.M)
    assert [kind for kind, *_ in rows] == KINDS
    assert all(0 <= int(share) <= 100 for _, *shares in rows for share in shares)


def test_rotary_is_the_same_however_it_is_stretched_where_nothing_is_longer(
    finished: CompletedProcess[str],
) -> None:
    for task in finished.stdout.split("Right answers")[1:]:
        firsts = re.findall(r"^ +rotary.*?  +(\d+)  ", task, re.M)
        assert len(firsts) == 3
        assert len(set(firsts)) == 1


def test_the_curves_are_drawn(clone: Path, finished: CompletedProcess[str]) -> None:
    assert finished.stdout.endswith("Curves: runs/m09/lengths.svg\n")
    ElementTree.parse(clone / "runs/m09/lengths.svg")


def test_a_pipe_gets_no_progress_bar_and_80_columns_are_enough(
    finished: CompletedProcess[str],
) -> None:
    assert "\x1b" not in finished.stdout
    assert max(map(len, finished.stdout.splitlines())) <= 80


def test_the_same_seed_gives_the_same_numbers(clone: Path, finished: CompletedProcess[str]) -> None:
    assert runs.run(clone, M09, "--steps", "2").stdout == finished.stdout


def test_an_unwritten_part_is_named_in_one_line(clone: Path) -> None:
    stopped = runs.run(clone, M09, KATA_TREE=str(clone / "milestones"))
    assert stopped.returncode == 1
    assert re.fullmatch(r"\S+ is not written yet \(.*\)\. What to do next: .*\n", stopped.stderr)
