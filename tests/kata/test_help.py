"""hint, borrow, bisect and doctor: the ways on for a learner who is stuck.

pytest tests/kata/test_help.py
"""

import errno
import shutil
from pathlib import Path

import pytest

from kata import __main__
from kata.course.curriculum import milestones
from kata.paths import ROOT
from tests.kata.learner import python
from tests.kata.terminal import clone_into

pytestmark = pytest.mark.timeout(300)

CALL = "return softmax(scores, dim=-1)"  # in attention_weights


@pytest.fixture
def clone(tmp_path):
    return clone_into(tmp_path)


def kata(clone: Path, *arguments: str) -> tuple[int, str]:
    ended = python(clone, "-m", "kata", *arguments, COLUMNS="90")
    assert ended.stderr == ""
    return ended.returncode, ended.stdout


def solve(clone: Path, package: str) -> None:
    for file in (ROOT / "solutions" / package).glob("*.py"):
        shutil.copy(file, clone / "milestones" / package)


def edit(file: Path, find: str, replace: str) -> None:
    text = file.read_text("utf-8")
    assert text.count(find) == 1
    file.write_text(text.replace(find, replace), "utf-8")


# hint


def test_each_hint_says_more_and_the_last_says_how_to_see_the_solution(clone):
    said = [kata(clone, "hint")[1] for _ in range(4)]
    assert [text.split("\n")[1] for text in said] == [
        " relu, hint 1 of 3",
        " relu, hint 2 of 3",
        " relu, hint 3 of 3",
        " relu, hint 3 of 3",
    ]
    assert "nox -s reveal -- relu" in said[2]
    assert "reveal" not in said[0] + said[1]


def test_an_exercise_and_a_level_can_be_asked_for(clone):
    assert " softmax, hint 2 of 3" in kata(clone, "hint", "softmax", "2")[1]
    assert " softmax, hint 3 of 3" in kata(clone, "hint", "softmax")[1]


@pytest.mark.parametrize("words", [["nobody"], ["softmax", "9"], ["softmax", "gelu"], ["0"]])
def test_a_hint_that_is_not_there_is_told_in_a_line(clone, words):
    code, text = kata(clone, "hint", *words)
    assert code == 2
    assert len(text.splitlines()) <= 2


def test_the_exercise_at_hand_is_also_known_from_a_run_of_some(clone):
    assert kata(clone, "m01")[0] == 1
    solve(clone, "m01_mlp")
    assert kata(clone, "m01", "relu", "gelu")[0] == 0
    assert " softmax, hint 1 of 3" in kata(clone, "hint")[1]
    kata(clone, "m01", *(e for e in milestones()[0].exercises if e != "MLP"))
    assert " MLP, hint 1 of 3" in kata(clone, "hint")[1]
    assert "- [ ] `m01`" in (clone / "CHECKLIST.md").read_text("utf-8")


# borrow


def test_what_is_borrowed_is_said_and_never_ticked(clone):
    solve(clone, "m02_self_attention")
    code, text = kata(clone, "m02", "--borrow")
    assert code == 0
    assert "7/7" in text
    assert "Borrowed from the reference: m01. So m02 is not ticked in CHECKLIST.md." in text
    assert "[x]" not in (clone / "CHECKLIST.md").read_text("utf-8")
    assert not (clone / ".kata/progress.json").exists()


def test_without_borrowing_a_later_milestone_waits_for_the_earlier_part(clone):
    solve(clone, "m02_self_attention")
    code, text = kata(clone, "m02")
    assert code == 1
    assert "waits for softmax: write that first." in text


def test_a_failure_in_what_is_borrowed_shows_the_learner_s_own_lines_alone(clone):
    solve(clone, "m02_self_attention")
    attention = clone / "milestones/m02_self_attention/attention.py"
    edit(attention, CALL, CALL.replace("dim=-1", "dim=7"))
    code, text = kata(clone, "m02", "attention_weights", "--borrow")
    assert code == 1
    assert "IndexError: Dimension out of range" in text
    assert "milestones/m02_self_attention/attention.py:" in text
    assert "amax" not in text
    assert "kata-bugs" not in text


def test_next_with_borrow_goes_on_where_the_learner_wrote_last(clone):
    solve(clone, "m02_self_attention")
    masks = clone / "milestones/m02_self_attention/masks.py"
    edit(masks, "tokens != pad_id", "tokens == pad_id")
    code, text = kata(clone, "next", "--borrow")
    assert code == 1
    assert "padding_mask: " in text
    assert "Borrowed from the reference: m01." in text


def test_next_with_borrow_goes_on_after_the_milestone_that_is_done(clone):
    solve(clone, "m01_mlp")
    assert kata(clone, "m01")[0] == 0
    code, text = kata(clone, "next", "--borrow")
    assert code == 1
    assert "Next: write attention_weights." in text


# A mistake of an earlier milestone


def test_a_failure_that_an_earlier_milestone_makes_says_so_first_and_offers_bisect(clone):
    for milestone in milestones()[:2]:
        solve(clone, milestone.package)
    right = "return exp / exp.sum(dim, keepdim=True)"
    edit(clone / "milestones/m01_mlp/functions.py", right, f"{right} * 2")
    code, text = kata(clone, "m02", "attention_weights")
    assert code == 1
    told, _, rest = text.partition("\n   test ")
    assert "The mistake is in your softmax of m01: with a right one this test passes." in told
    assert "To see it: nox -s m01. To try each milestone: nox -s bisect -- m02" in told
    assert "diagnosis" not in rest


def test_a_mistake_of_the_milestone_s_own_is_not_laid_on_an_earlier_one(clone):
    for milestone in milestones()[:2]:
        solve(clone, milestone.package)
    attention = clone / "milestones/m02_self_attention/attention.py"
    edit(attention, CALL, CALL.replace("dim=-1", "dim=0"))
    assert "because" not in kata(clone, "m02", "attention_weights")[1]


def test_beside_a_mistake_of_its_own_an_earlier_milestone_that_was_red_is_told_first(clone):
    for milestone in milestones()[:2]:
        solve(clone, milestone.package)
    edit(clone / "milestones/m01_mlp/functions.py", "return x.clamp(min=0)", "return x.abs()")
    assert kata(clone, "m01", "relu")[0] == 1
    attention = clone / "milestones/m02_self_attention/attention.py"
    edit(attention, CALL, CALL.replace("dim=-1", "dim=0"))
    first, second, *rest = kata(clone, "m02", "attention_weights")[1].strip().splitlines()
    assert first == "m01 was red when it last ran (relu), and m02 may feel that."
    assert second == " Look there first: nox -s m01, or nox -s bisect -- m02"
    assert "because" not in "".join(rest)


# bisect


def test_bisect_finds_the_earlier_milestone_that_is_at_fault(clone):
    for milestone in milestones()[:2]:
        solve(clone, milestone.package)
    edit(clone / "milestones/m01_mlp/layers.py", "x @ self.weight.T", "x @ self.weight.T * 2")
    code, text = kata(clone, "bisect", "m02")
    assert code == 1
    assert "The fault is in your m01: nox -s m01." in text


def test_bisect_says_when_no_earlier_milestone_is_at_fault(clone):
    for milestone in milestones()[:2]:
        solve(clone, milestone.package)
    masks = clone / "milestones/m02_self_attention/masks.py"
    edit(masks, "tokens != pad_id", "tokens == pad_id")
    assert (
        "No earlier milestone is at fault: look in m02 itself." in kata(clone, "bisect", "m02")[1]
    )


def test_bisect_has_nothing_to_look_for_in_a_green_milestone(clone):
    for milestone in milestones()[:2]:
        solve(clone, milestone.package)
    assert kata(clone, "bisect", "m02") == (0, "m02 is green: there is nothing to look for.\n")


# doctor


def test_a_healthy_clone_has_no_remedies(clone):
    code, text = kata(clone, "doctor")
    assert code == 0
    assert "✗" not in text
    assert "none yet: every file is as it came" in text


def test_what_is_wrong_comes_with_what_to_do(clone):
    edit(clone / "pyproject.toml", '"rich>=14"', '"rich>=999"')
    solve(clone, "m01_mlp")
    (clone / "milestones/m01_mlp/mlp.py").unlink()
    code, text = kata(clone, "doctor")
    assert code == 1
    assert "wanted >=999" in text
    assert "Delete the folder .venv and run nox." in text
    assert "milestones/m01_mlp/mlp.py" in text
    assert "Bring them back: nox -s stubs" in text
    assert "milestones/m01_mlp/functions.py" in text


def test_what_cannot_be_written_is_told_in_a_line(monkeypatch, capsys):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device", "badges")

    monkeypatch.chdir(ROOT)  # main goes there
    monkeypatch.setattr(__main__, "_run", full)
    assert __main__.main(["badges"]) == 1
    shown = capsys.readouterr().out
    assert "No space left on device: 'badges'\n What can be written here" in shown
    assert "nox -s doctor" in shown
