"""What a learner sees who runs milestone 4.

pytest tests/kata/test_run_m04.py
"""

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.kata import runs
from tests.kata.test_run_m03 import RUNGS

pytestmark = pytest.mark.timeout(240)  # each run starts Python and PyTorch anew

M04 = "m04_transformer_block"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runs.clone(tmp_path_factory.mktemp("clone"))


def test_the_table_holds_every_rung_of_milestone_3_and_the_blocks(clone: Path) -> None:
    finished = runs.run(clone, M04, "--steps", "3")
    assert (finished.returncode, finished.stderr) == (0, "")
    runs.check_table(
        finished.stdout, [*RUNGS, "two blocks", "four heads, causal", "two blocks, causal"]
    )
    assert finished.stdout.endswith("Bar chart: runs/m04/synthetic.svg\n")
    ElementTree.parse(clone / "runs/m04/synthetic.svg")


def test_an_unwritten_part_is_named_in_one_line(clone: Path) -> None:
    stopped = runs.run(clone, M04, KATA_TREE=str(clone / "milestones"))
    assert stopped.returncode == 1
    assert re.fullmatch(r"\S+ is not written yet \(.*\)\. What to do next: .*\n", stopped.stderr)
