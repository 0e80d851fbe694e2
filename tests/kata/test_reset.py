"""reset, undo and reveal: nothing of the learner's is ever lost.

pytest tests/kata/test_reset.py
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from kata.paths import ROOT
from tests.kata.terminal import Terminal, clone_into

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are Unix's"),
]
FILE = "milestones/m01_mlp/functions.py"


@pytest.fixture
def clone(tmp_path):
    """A clone in which relu and gelu are written, with a byte that is no text and CRLF lines."""
    clone = clone_into(tmp_path)
    solved = (ROOT / "solutions/m01_mlp/functions.py").read_bytes()
    (clone / FILE).write_bytes(solved.replace(b"\n", b"\r\n"))
    return clone


def kata(clone: Path, *arguments: str, answer: str = "") -> tuple[int, str]:
    """The exit code, and what was on the screen at the end."""
    terminal = Terminal(clone, *arguments)
    if answer:
        terminal.until("[y/N]")
        terminal.press(f"{answer}\n")
    code = terminal.ended()
    return code, terminal.text


def test_an_exercise_goes_back_to_its_stub_and_the_others_stay(clone):
    before = (clone / FILE).read_bytes()
    code, screen = kata(clone, "reset", "gelu", answer="y")
    assert code == 0
    assert "gelu is as it was at the start." in screen
    text = (clone / FILE).read_bytes()
    assert text.count(b"raise NotImplementedError") == 1
    assert b"return x.clamp(min=0)" in text
    assert kata(clone, "undo")[0] == 0
    assert (clone / FILE).read_bytes() == before


def test_a_milestone_goes_back_to_its_stubs_and_undo_brings_all_of_it_back(clone):
    before = (clone / FILE).read_bytes()
    code, screen = kata(clone, "reset", "m01", answer="y")
    assert code == 0
    assert "m01 is as it was at the start." in screen
    stub = (clone / FILE).read_bytes()
    assert stub.count(b"raise NotImplementedError") == 4
    kata(clone, "undo")
    assert (clone / FILE).read_bytes() == before
    (kept,) = (clone / ".kata/backups/undone").iterdir()
    assert (kept / FILE).read_bytes() == stub


def test_each_undo_goes_back_one_step_until_there_is_none(clone):
    before = (clone / FILE).read_bytes()
    kata(clone, "reset", "softmax", answer="y")
    between = (clone / FILE).read_bytes()
    kata(clone, "reset", "m01", answer="y")
    assert "To go back further" in kata(clone, "undo")[1]
    assert (clone / FILE).read_bytes() == between
    assert kata(clone, "undo")[0] == 0
    assert (clone / FILE).read_bytes() == before
    assert kata(clone, "undo")[0] == 1
    assert (clone / FILE).read_bytes() == before


@pytest.mark.parametrize("answer", ["n", "", "what"])
def test_without_a_yes_nothing_changes(clone, answer):
    before = (clone / FILE).read_bytes()
    code, screen = kata(clone, "reset", "m01", answer=answer or "\r")
    assert code == 1
    assert "Nothing was changed." in screen
    assert (clone / FILE).read_bytes() == before


def test_a_file_that_is_no_text_can_be_reset_and_comes_back(clone):
    (clone / FILE).write_bytes(b"caf\xe9\r\n\0")
    assert "reset the whole milestone" in kata(clone, "reset", "gelu")[1]
    assert kata(clone, "reset", "m01", answer="y")[0] == 0
    assert b"raise NotImplementedError" in (clone / FILE).read_bytes()
    kata(clone, "undo")
    assert (clone / FILE).read_bytes() == b"caf\xe9\r\n\0"


def test_a_function_that_was_deleted_comes_back_as_a_stub(clone):
    text = (clone / FILE).read_text("utf-8").partition("def gelu")[0]
    (clone / FILE).write_text(text, "utf-8")
    assert kata(clone, "reset", "gelu", answer="y")[0] == 0
    compile((clone / FILE).read_text("utf-8"), FILE, "exec")
    assert "def gelu(x" in (clone / FILE).read_text("utf-8")


def test_an_unknown_name_is_told_what_can_be_reset(clone):
    code, screen = kata(clone, "reset", "elsewhere")
    assert code == 2
    assert screen.strip() == (
        "Unknown milestone or exercise 'elsewhere'.\nUsage: nox -s reset -- MILESTONE or EXERCISE"
    )


def test_killed_at_any_moment_the_work_is_in_its_place_or_in_a_backup(clone):
    program = (
        "import os, random, signal, sys, time\n"
        "sys.stdin.isatty = lambda: True\n"
        "from kata.course import backups\n"
        "from kata.learner import reset\n"
        "from kata.testing import board\n"
        "from kata.paths import ROOT\n"
        f"file, kept = ROOT / {FILE!r}, ROOT / '.kata/backups'\n"
        "before, chance = file.read_bytes(), random.Random(0)\n"
        "console = board.make_console(); console.input = lambda *_, **__: 'y'\n"
        "start = time.perf_counter()\n"
        "reset.main(console, ['m01']); backups.main(console, [])\n"
        "took = time.perf_counter() - start\n"
        "for kill in range(50):\n"
        "    child = os.fork()\n"
        "    while child == 0:\n"
        "        reset.main(console, ['m01'])\n"
        "        backups.main(console, [])\n"
        "    time.sleep(chance.random() * 2 * took)\n"
        "    os.kill(child, signal.SIGKILL); os.waitpid(child, 0)\n"
        "    now = file.read_bytes()\n"
        f"    copies = [copy.read_bytes() for copy in kept.glob('[0-9]*/{FILE}')]\n"
        "    assert before in [now, *copies], 'lost'\n"
        "    assert now == before or now.count(b'raise NotImplementedError') == 4, 'half'\n"
        "assert len([*kept.glob('undone/[0-9]*')]) > 10, 'nothing was under way'\n"
    )
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, cwd=clone, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert (ended.returncode, ended.stderr) == (0, b"")


def test_two_at_once_lose_nothing(clone):
    before = (clone / FILE).read_bytes()
    both = [Terminal(clone, "reset", "m01") for _ in range(2)]
    for terminal in both:
        terminal.until("[y/N]")
    for terminal in both:
        terminal.press("y\n")
    assert [terminal.ended() for terminal in both] == [0, 0]
    kept = [copy.read_bytes() for copy in (clone / ".kata/backups").glob(f"[0-9]*/{FILE}")]
    assert before in kept


def test_a_full_disk_leaves_the_work_where_it_is(clone):
    program = (
        "import errno, os, sys\n"
        "def full(handle): raise OSError(errno.ENOSPC, 'No space left on device')\n"
        "sys.stdin.isatty = lambda: True; os.fsync = full\n"
        "from kata.learner import reset\n"
        "from kata.testing import board\n"
        "console = board.make_console(); console.input = lambda *_, **__: 'y'\n"
        "reset.main(console, ['m01'])\n"
    )
    before = (clone / FILE).read_bytes()
    ended = subprocess.run([sys.executable, "-c", program], cwd=clone, capture_output=True)
    assert ended.returncode != 0
    assert (clone / FILE).read_bytes() == before
    assert list((clone / ".kata/backups").iterdir()) == []


def test_a_solution_is_shown_after_a_yes_and_beside_the_learners_own(clone):
    code, screen = kata(clone, "reveal", "Linear", answer="n")
    assert code == 1
    assert "uniform_" not in screen
    code, screen = kata(clone, "reveal", "Linear", answer="y")
    assert code == 0
    assert "the reference, solutions/m01_mlp" in screen
    assert "yours, milestones/m01_mlp" in screen
    assert "self.weight.T" in screen
    assert "raise NotImplementedError" in screen
