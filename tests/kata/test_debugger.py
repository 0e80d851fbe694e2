"""`breakpoint()` opens Python's debugger where somebody can type, in the midst of a run.

pytest tests/kata/test_debugger.py
"""

import os
from pathlib import Path

import pytest

from tests.kata.learner import Room
from tests.kata.terminal import Terminal, clone_into

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are Unix's"),
]

HALT = "if x.tolist() == [-2.0, -0.5, 0.0, 0.5, 3.0]: breakpoint()"  # in one test alone


@pytest.fixture
def halted(tmp_path: Path) -> Terminal:
    """A run of relu, which stands at a breakpoint of the learner's."""
    clone = clone_into(tmp_path)
    Room(clone / "milestones").body("relu", HALT, "return x.abs()")
    terminal = Terminal(clone, "m01", "relu", OMP_NUM_THREADS="1")
    assert "return x.abs()" in terminal.until("(Pdb)")
    return terminal


def test_what_is_typed_is_answered_and_the_diagnosis_does_not_halt_again(halted: Terminal) -> None:
    halted.press("x.shape\n")
    halted.until("torch.Size([5])")
    halted.press("c\n")
    assert halted.ended() == 1
    assert "This mistake gives exactly what your code gives." in halted.text
    assert halted.text.count("(Pdb)") == 2


def test_leaving_the_debugger_stops_the_run(halted: Terminal) -> None:
    halted.press("q\n")
    assert halted.ended() == 130
    assert " Stopped." in halted.text
    assert "Traceback" not in halted.text


def test_the_end_of_input_is_told_as_such(halted: Terminal) -> None:
    halted.press("\x04")
    assert halted.ended() == 1
    assert "The debugger was left before the test came to its end: run it again." in halted.text
