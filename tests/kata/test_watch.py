"""`nox -s watch` in a real terminal, with real files saved.

pytest tests/kata/test_watch.py
"""

import ast
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from kata.paths import ROOT
from tests.kata.terminal import Terminal, clone_into

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are Unix's"),
]


class Learner:
    """Someone who writes in m01, with `watch` beside."""

    def __init__(self, folder: Path, seconds: int = 20, **options: str) -> None:
        """seconds: what a test may take, in the clone's pyproject.toml."""
        self.clone = clone_into(folder)
        project = self.clone / "pyproject.toml"
        text = project.read_text("utf-8")
        assert text.count('timeout = "20"') == 1
        project.write_text(text.replace('timeout = "20"', f'timeout = "{seconds}"'), "utf-8")
        self.room = self.clone / "milestones" / "m01_mlp"
        self.watch = Terminal(self.clone, "watch", **options)
        self.watch.until("Next: write relu")

    def write(self, function: str, *body: str, file: str = "functions.py") -> None:
        """Save the file with that body of a function's."""
        path = self.room / file
        text = path.read_text("utf-8")
        node = next(n for n in ast.parse(text).body if getattr(n, "name", "") == function)
        lines = text.splitlines()
        lines[node.body[0].end_lineno : node.end_lineno] = [f"    {line}" for line in body]
        path.write_text("\n".join(lines) + "\n", "utf-8")

    def solve(self, *files: str) -> None:
        for file in files:
            shutil.copy(ROOT / "solutions" / "m01_mlp" / file, self.room / file)


@pytest.fixture
def learner(tmp_path):
    learner = Learner(tmp_path)
    yield learner
    learner.watch.press("q")
    assert learner.watch.ended() == 0


def test_a_milestone_from_its_stubs_to_green_without_another_command(learner):
    learner.write("relu", "return x.clamp(min=0)")
    learner.watch.until("relu is green.", "Next: write gelu.", "1/8")
    learner.write("gelu", "return x + 1")
    learner.watch.press("d")
    learner.watch.until("+    return x + 1")
    learner.solve("functions.py")
    learner.watch.until("cross_entropy is green.", "Next: write Linear.", "4/8")
    learner.solve("layers.py", "mlp.py", "language_model.py")
    learner.watch.until("m01 is complete.", "nox -s run -- m01", "Next: write attention_weights.")
    assert "- [x] `m01/relu`" in (learner.clone / "CHECKLIST.md").read_text("utf-8")
    assert "- [x] `m01`" in (learner.clone / "CHECKLIST.md").read_text("utf-8")


def test_a_wrong_answer_is_shown_with_its_diagnosis(learner):
    learner.write("relu", "return x.abs()")
    learner.watch.until("tests fail. The first:", "diagnosis", "that is |x|, not")
    learner.write("relu", "return x.exp()")
    assert "diagnosis" not in learner.watch.until("first difference at [0]: expected 0, got 0.1353")


def test_an_accident_is_a_verdict_and_the_next_save_is_judged(learner):
    for body, said in {
        "import os; os._exit(0)": "ended before its verdict, with exit code 0",
        "import ctypes; ctypes.string_at(0)": "crashed: Segmentation fault",
        "raise SystemExit(3)": "SystemExit: 3",
        "return x.clamp(min=0": "cannot be imported. SyntaxError",
    }.items():
        learner.write("relu", body)
        learner.watch.until(said)
    learner.solve("functions.py")
    learner.watch.until("Next: write Linear.")


def test_a_save_during_a_run_starts_it_anew(learner):
    learner.write("relu", "while True: pass")
    learner.watch.until("Running relu")
    learner.write("relu", "return x.clamp(min=0)")
    learner.watch.until("relu is green.")


def test_saves_at_any_moment_of_a_run_are_judged(learner):
    for number in range(40):
        learner.write("relu", f"return x + {number + 1}")
        time.sleep(number / 100)
    learner.watch.until("expected 0, got 38 ")


def test_two_saves_of_one_size_within_a_second_are_told_apart(learner):
    answers = {"return x.abs()": "that is |x|, not", "return x.exp()": "got 0.1353"}
    for body, said in answers.items():
        learner.write("relu", body)
        os.utime(learner.room / "functions.py", (1e9, 1e9))
        learner.watch.until(said)


def test_a_hint_and_the_list_that_are_asked_for_during_a_run_stay_when_it_ends(tmp_path):
    learner = Learner(tmp_path, seconds=3)
    learner.write("relu", "while True: pass")
    learner.watch.until("Running relu")
    learner.watch.press("h")
    learner.watch.until("relu, hint 1 of 3", "For the next hint: press h")
    learner.watch.until("relu did not finish", "relu, hint 1 of 3")
    learner.write("relu", "while True: pass")
    learner.watch.until("Running relu")
    learner.watch.press("l")
    learner.watch.until("The trainer  0/14")
    time.sleep(10)  # the run has ended
    assert "The trainer  0/14" in learner.watch.text
    learner.watch.press("l")
    learner.watch.until("relu did not finish")
    learner.watch.press("q")
    assert learner.watch.ended() == 0


def test_an_endless_loop_is_stopped_and_said(tmp_path):
    learner = Learner(tmp_path, seconds=2)
    learner.write("relu", "while True: pass")
    learner.watch.until("relu did not finish in 2 s of processor time: is there an endless loop?")
    learner.watch.press("q")
    assert learner.watch.ended() == 0


def test_its_keys(learner):
    learner.watch.press("h")
    learner.watch.until("relu, hint 1 of 3")
    learner.watch.press("h")
    learner.watch.until("relu, hint 2 of 3")
    learner.watch.press("d")
    learner.watch.until("Nothing in m01 has become green")
    learner.watch.press("n")
    learner.watch.until("Next: write gelu.")
    learner.watch.press("l")
    learner.watch.until("m02  Self-attention without parameters  0/7")
    learner.write("gelu", "return x")
    learner.watch.until("✗ gelu", "tests fail. The first:")
    learner.write("relu", "return x.clamp(min=0)")
    learner.watch.press("r")
    learner.watch.until("✓ relu", "✗ gelu", "tests fail. The first:")


def test_a_key_chooses_an_exercise_by_its_first_letters_and_another_goes_back(learner):
    learner.watch.press("c")
    learner.watch.until("m07  The trainer", "the first letters are enough.")
    learner.watch.press("sofd")
    learner.watch.until("> sofd")
    learner.watch.press("\r")
    learner.watch.until("Unknown exercise or milestone 'sofd'.")
    learner.watch.press("\x7f\r")
    learner.watch.until("Next: write softmax.", "b back  c choose")
    learner.watch.press("b")
    learner.watch.until("Next: write gelu.")
    learner.watch.press("cm03\r")
    learner.watch.until("Next: write scaled_dot_product_attention.")
    learner.watch.press("b")
    learner.watch.until("Next: write SequenceClassifier.")


def test_a_name_that_is_not_chosen_after_all_changes_nothing(learner):
    learner.watch.press("cq")
    learner.watch.until("> q")
    learner.watch.press("\x1b")
    learner.watch.until("Next: write relu.", "q quit")


def test_a_green_exercise_can_be_gone_back_to_and_stays_at_hand_while_it_is_green(learner):
    learner.write("relu", "return x.clamp(min=0)")
    learner.watch.until("Next: write gelu.")
    learner.watch.press("b")
    learner.watch.until("relu is green. Press n to go on to gelu.")
    learner.write("relu", "return x.abs()")
    learner.watch.until("✗ relu", "that is |x|, not")
    learner.write("relu", "return x.clamp(min=0)")
    learner.watch.until("✓ relu", "Next: write gelu.")


def test_an_exercise_that_breaks_loses_its_mark_while_another_is_at_hand(learner):
    learner.write("relu", "return x.clamp(min=0)")
    learner.watch.until("✓ relu", "Next: write gelu.")
    learner.write("relu", "return x.abs()")
    learner.watch.until("✗ relu", "Next: write gelu.", "relu was green and fails now.")
    assert "- [ ] `m01/relu`" in (learner.clone / "CHECKLIST.md").read_text("utf-8")
    learner.write("relu", "return x.clamp(min=0)")
    learner.watch.until("✓ relu", "Next: write gelu.")
    assert "fails now" not in learner.watch.text


def test_what_broke_a_moment_ago_is_not_said_to_be_unfinished(learner):
    learner.solve("functions.py", "layers.py", "mlp.py", "language_model.py")
    learner.watch.until("m01 is complete.", "Next: write attention_weights.")
    learner.write("relu", "return x.abs()")
    screen = learner.watch.until("relu, MLPLanguageModel were green and fail now.")
    assert "Not finished" not in screen


def test_the_failure_that_a_whole_run_shows_is_at_hand_from_then_on(learner):
    learner.write("relu", "return x.clamp(min=0)")
    learner.watch.until("✓ relu", "Next: write gelu.")
    learner.write("relu", "return x.abs()")
    learner.watch.press("r")
    learner.watch.until("✗ relu", "that is |x|, not")
    learner.watch.press("h")
    learner.watch.until("relu, hint 1 of 3")
    learner.write("relu", "return x.exp()")
    learner.watch.until("✗ relu", "expected 0, got 0.1353")
    learner.write("relu", "return x.clamp(min=0)")
    learner.watch.until("✓ relu", "relu is green.", "Next: write gelu.")


def test_the_milestone_that_was_just_finished_is_announced_before_one_solved_beforehand(learner):
    second = "m02_self_attention"
    for file in (ROOT / "solutions" / second).glob("*.py"):
        shutil.copy(file, learner.clone / "milestones" / second)
    learner.solve("functions.py", "layers.py", "mlp.py", "language_model.py")
    screen = learner.watch.until("Next: write scaled_dot_product_attention.")
    just = "m01 is complete. See it work: nox -s run -- m01"
    beforehand = "m02 was solved already, and is complete, too."
    assert 0 <= screen.find(just) < screen.find(beforehand)


@pytest.mark.parametrize(
    ("word", "exercise"), [("m03", "scaled_dot_product_attention"), ("split_heads", "split_heads")]
)
def test_it_begins_at_the_milestone_or_exercise_that_is_named(tmp_path, word, exercise):
    watch = Terminal(clone_into(tmp_path), "watch", word)
    watch.until(f"Next: write {exercise}.", "Not finished: m01, m02.")
    watch.press("q")
    assert watch.ended() == 0


def test_with_borrowed_milestones_a_later_one_is_judged_and_not_ticked(tmp_path):
    clone = clone_into(tmp_path)
    watch = Terminal(clone, "watch", "m03", "--borrow")
    watch.until(
        "Next: write scaled_dot_product_attention.", "Borrowed from the reference: m01, m02."
    )
    for file in (ROOT / "solutions/m03_multi_head_attention").glob("*.py"):
        shutil.copy(file, clone / "milestones/m03_multi_head_attention")
    watch.until("m03 is complete with m01, m02 borrowed.", "m04  The transformer block  0/4")
    watch.until("Borrowed from the reference: m01, m02. So m04 is not ticked")
    watch.press("l")
    watch.until("Scaled multi-head QKV attention  5/5", "5/56 exercises")
    assert "[x]" not in (clone / "CHECKLIST.md").read_text("utf-8")
    watch.press("q")
    assert watch.ended() == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["nonsense"], "Unknown milestone or exercise 'nonsense'.\nUsage: nox -s watch -- "),
        (["splitheads"], "Did you mean split_heads?"),
        (["--borow"], "Did you mean --borrow?"),
        (["m03", "relu"], "Name one of them: nox -s watch -- m03, or -- relu"),
    ],
)
def test_what_it_does_not_know_is_an_error(words, said):
    command = [sys.executable, "-m", "kata", "watch", *words]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, input="")
    assert (ended.returncode, ended.stderr) == (2, "")
    assert said in ended.stdout


def test_a_hundred_saves_leave_nothing_behind(learner):
    pid = learner.watch.process.pid

    def held():
        return len(_children(pid)), len(list(Path(f"/proc/{pid}/fd").iterdir()))

    for number in range(100):
        learner.write("relu", f"return x + {number + 3}")
        learner.watch.until(f"expected 0, got {number + 1} ")
        if number == 10:
            _until(lambda: len(_children(pid)) == 1)  # the next run stands ready
            time.sleep(1)
            before, memory = held(), _resident_mib(pid)
    _until(lambda: held() == before)
    assert _resident_mib(pid) < memory + 30


def test_a_watch_that_is_killed_leaves_no_process(tmp_path):
    watch = Learner(tmp_path).watch
    _until(lambda: _children(watch.process.pid))
    left = _children(watch.process.pid)
    watch.process.kill(signal.SIGKILL)
    _until(lambda: not any(Path("/proc", child).exists() for child in left))


def _until(happens: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def _resident_mib(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def test_where_nothing_can_be_written_all_is_judged(tmp_path):
    clone = clone_into(tmp_path)
    (clone / ".kata").write_text("")  # no folder can be there
    watch = Terminal(clone, "watch")
    watch.until("Next: write relu")
    watch.press("h")
    watch.until("relu, hint 1 of 3")
    shutil.copy(ROOT / "solutions/m01_mlp/functions.py", clone / "milestones/m01_mlp")
    watch.until("Next: write Linear.", "Nothing is ticked or remembered:")
    watch.press("q")
    assert watch.ended() == 0


def test_a_narrow_terminal_without_colour_shows_the_same(tmp_path):
    learner = Learner(tmp_path, columns=60, NO_COLOR="1")
    learner.write("relu", "return x.abs()")
    screen = learner.watch.until("diagnosis")
    assert max(map(len, screen.splitlines())) <= 60
    assert b"\x1b[1;31m" not in learner.watch.raw
    assert b"\x1b[33m" not in learner.watch.raw
    learner.watch.press("q")
    assert learner.watch.ended() == 0


def test_without_a_terminal_it_says_what_to_run_instead(tmp_path):
    command = [sys.executable, "-m", "kata", "watch"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, input="")
    assert (ended.returncode, ended.stderr) == (2, "")
    assert ended.stdout == "watch needs a terminal. Without one: nox -s next\n"
