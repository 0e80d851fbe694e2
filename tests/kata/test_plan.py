"""PLAN.md spreads the exercises over weeks, its boxes are ticked, and no note in it is ever lost.

pytest tests/kata/test_plan.py
"""

import io
import os
import re
import shlex
from datetime import date

import pytest
from rich.console import Console

from kata.course import checklist, progress
from kata.course.curriculum import core
from kata.learner import plan
from kata.learner.plan import Plan
from tests.kata.terminal import Terminal, clone_into

pytestmark = pytest.mark.timeout(300)
FIRST = date(2026, 11, 30)
# Of a learner who has begun no track.
EVERY = [f"{m.id}/{e}" for m in core() for e in m.exercises]
NOTHING = {m.id: dict.fromkeys(m.exercises, "todo") for m in core()}


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    """A PLAN.md of the test's own, and nothing done yet."""
    file = tmp_path / "PLAN.md"
    monkeypatch.setattr(plan, "PLAN", file)
    monkeypatch.setattr(progress, "load", lambda: NOTHING)
    return file


def run(*arguments):
    said = io.StringIO()
    console = Console(file=said, width=100, highlight=False, markup=False)
    return plan.main(console, arguments), said.getvalue()


def weeks(text):
    """The exercises under each week's heading."""
    parts = re.split(r"^## Week .*$", text, flags=re.M)[1:]
    return [re.findall(r"- \[ \] `(m\d+/\w+)`", part) for part in parts]


# What stands in it


@pytest.mark.parametrize("many", [1, 3, 8, len(EVERY)])
def test_the_exercises_stand_in_order_and_no_week_has_more_than_one_more_than_another(many):
    found = weeks(Plan(many, 5, FIRST).text())
    assert [exercise for week in found for exercise in week] == EVERY
    assert len(found) == many
    assert max(map(len, found)) - min(map(len, found)) <= 1


def test_each_week_has_its_dates():
    text = Plan(8, 5, FIRST).text()
    assert "## Week 1: 2026-11-30 to 2026-12-06" in text
    assert "## Week 8: 2027-01-18 to 2027-01-24" in text


def test_a_milestones_hours_are_its_share_of_the_exercises():
    text = Plan(8, 7, FIRST).text()
    for m in core():
        assert f"**{m.id} {m.title}**, about {len(m.exercises):.1f} hours" in text
    assert "56 exercises in 8 weeks of 7 hours leave 60 minutes for each" in text


def test_a_milestone_that_goes_on_in_the_next_week_is_said_to():
    text = Plan(len(EVERY), 5, FIRST).text()
    assert text.count(f"**m04 {core()[3].title}**, continued") == 3


def test_every_exercise_links_to_its_section_of_the_lesson():
    text = Plan(8, 5, FIRST).text()
    assert "- [ ] `m01/softmax` [lesson](milestones/m01_mlp/README.md#softmax)" in text
    assert text.count("[lesson](") == len(EVERY)


# Boxes


def test_what_is_green_already_is_ticked_from_the_start(file, monkeypatch):
    states = NOTHING | {"m04": dict.fromkeys(NOTHING["m04"], "green")}
    monkeypatch.setattr(progress, "load", lambda: states)
    assert run()[0] == 0
    assert re.findall(r"- \[x\] `(\S+)`", file.read_text("utf-8")) == [
        *(f"m04/{exercise}" for exercise in NOTHING["m04"]),
        "m04",
    ]


def test_a_run_ticks_the_plan_as_it_ticks_the_checklist(file, tmp_path, monkeypatch):
    run()
    monkeypatch.setattr(checklist, "PLAN", file)
    monkeypatch.setattr(checklist, "CHECKLIST", tmp_path / "CHECKLIST.md")
    (tmp_path / "CHECKLIST.md").write_text("- [ ] `m01/relu`\n", "utf-8")
    states = {"m01": NOTHING["m01"] | {"relu": "green"}}
    assert checklist.tick(states) is True
    assert "- [x] `m01/relu`" in (tmp_path / "CHECKLIST.md").read_text("utf-8")
    assert file.read_text("utf-8").count("[x]") == 1
    assert checklist.tick(states) is False


# What replaces it


def test_a_plan_that_nobody_edited_is_written_anew_without_a_question(file):
    run("--weeks", "8", "--start", "2026-09-01")
    checklist.tick({"m01": {"relu": "green"}}, file)
    file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))  # as git may check it out
    assert run("--weeks", "10")[0] == 0
    assert len(weeks(file.read_text("utf-8"))) == 10


NOTES = {
    "a note": lambda text: text.replace("`m01/gelu`", "`m01/gelu` on Tuesday"),
    "a week without": lambda text: text.replace("## Week 3", "## On holiday"),
    "a plan of one's own": lambda text: "my plan: begin",
    "weeks that cannot be": lambda text: text.replace("--weeks 8", "--weeks 800"),
    "a day that is none": lambda text: text.replace("--start 20", "--start 9"),
    "a day after which there are no weeks": lambda text: text.replace(
        "--start 2026", "--start 9999"
    ),
    "hours that are none": lambda text: text.replace("--hours 5", "--hours 1.2.3"),
}


@pytest.mark.parametrize("edit", NOTES.values(), ids=NOTES)
def test_an_edited_plan_is_not_replaced_where_nobody_can_be_asked(file, edit):
    run("--start", "2026-11-30")
    file.write_text(edit(file.read_text("utf-8")), "utf-8")
    before = file.read_bytes()
    code, said = run("--weeks", "10")
    assert code == 1
    assert "Nothing was changed." in said
    assert file.read_bytes() == before


@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are Unix's")
def test_after_a_yes_there_is_a_copy_and_undo_brings_it_back(tmp_path):
    clone = clone_into(tmp_path)
    (clone / "PLAN.md").write_bytes(b"my plan\r\n")
    asked = Terminal(clone, "plan", "--weeks", "4")
    asked.until("Keep a copy and write the plan anew? [y/N]")
    asked.press("y\n")
    assert asked.ended() == 0
    assert "## Week 4" in (clone / "PLAN.md").read_text("utf-8")
    assert Terminal(clone, "undo").ended() == 0
    assert (clone / "PLAN.md").read_bytes() == b"my plan\r\n"


# On GitHub


def test_gh_prints_a_command_for_each_milestone_and_writes_nothing(file):
    code, said = run("--gh", "--start", "2026-11-30")
    assert code == 0
    assert not file.exists()
    words = shlex.split(said)
    assert words[:4] == ["gh", "issue", "create", "--title"]
    assert words[3::7] == ["--title"] * 7
    assert words[4::7] == [f"{m.id} {m.title}" for m in core()]
    assert words[5::7] == ["--body"] * 7
    assert re.findall(r"- \[ \] `(\S+)`", "\n".join(words[6::7])) == EVERY
    assert words[6].startswith("Planned for 2026-11-30 to 2026-12-13, about 5.7 hours.\n")


def test_the_commands_mean_the_same_to_bash_and_to_powershell():
    """Both take what stands in single quotes as it is; but for these two characters."""
    said = run("--gh")[1]
    assert '"' not in said
    assert said.count("'") == 4 * len(core())


# What it does not understand


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--weeks", "0"], "expected a number of weeks from 1 to 56, got '0'"),
        (["--weeks", "57"], "expected a number of weeks from 1 to 56, got '57'"),
        (["--hours", "-1"], "expected hours a week from 0.5 to 100, got '-1'"),
        (["--hours", "nan"], "expected hours a week from 0.5 to 100, got 'nan'"),
        (["--start", "tomorrow"], "expected a day as 2026-09-01, got 'tomorrow'"),
        (["--start", "9999-12-01"], "expected a day as 2026-09-01, got '9999-12-01'"),
        (["m01"], "unrecognized arguments: m01"),
    ],
)
def test_an_option_that_cannot_be_says_what_was_expected(words, expected, file, capsys):
    with pytest.raises(SystemExit) as ended:
        run(*words)
    assert ended.value.code == 2
    assert expected in capsys.readouterr().err
    assert not file.exists()
