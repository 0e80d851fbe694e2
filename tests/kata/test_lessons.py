"""Lessons, hints, catalogue and checklist agree with the curriculum.

pytest tests/kata/test_lessons.py
"""

import re

import pytest

from kata.course.bugs import catalogue
from kata.course.curriculum import milestones
from kata.paths import ROOT

EACH = pytest.mark.parametrize("milestone", milestones(), ids=lambda m: m.id)


def lesson(milestone):
    return (ROOT / "milestones" / milestone.package / "README.md").read_text("utf-8")


def sections(text):
    """The text under each level-2 heading, by GitHub's anchor for it."""
    parts = re.split(r"^## (.+)$", text, flags=re.M)[1:]
    anchors = [re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in parts[::2]]
    return dict(zip(anchors, parts[1::2], strict=True))


@EACH
def test_a_lesson_is_150_lines_at_most_and_180_for_more_than_eight_exercises(milestone):
    most = 180 if len(milestone.exercises) > 8 else 150
    assert len(lesson(milestone).splitlines()) <= most


@EACH
def test_every_figure_and_file_that_a_lesson_links_to_is_there(milestone):
    folder = ROOT / "milestones" / milestone.package
    for link in re.findall(r"\]\(([^)#:]+)\)", lesson(milestone)):
        assert (folder / link).exists(), link


@EACH
def test_every_bug_points_to_a_heading_of_the_lesson(milestone):
    wanted = {bug.lesson for bug in catalogue(milestone)}
    assert wanted - sections(lesson(milestone)).keys() == set()


@EACH
def test_every_exercise_has_a_section_of_the_lesson(milestone):
    assert tuple(milestone.sections) == milestone.exercises
    assert set(milestone.sections.values()) - sections(lesson(milestone)).keys() == set()


@EACH
def test_every_bug_has_an_id_of_its_own_an_exercise_and_a_sentence(milestone):
    bugs = catalogue(milestone)
    assert len({bug.id for bug in bugs}) == len(bugs) >= 15
    assert {bug.exercise for bug in bugs} == set(milestone.exercises)
    assert all(20 <= len(bug.says) <= 160 and bug.says.endswith(".") for bug in bugs)


@EACH
def test_every_exercise_has_hints_in_three_levels(milestone):
    hints = ROOT / "milestones" / milestone.package / "hints.md"
    found = sections(hints.read_text("utf-8"))
    for exercise in milestone.exercises:
        levels = re.findall(r"^(\d)\. ", found[exercise.lower()], flags=re.M)
        assert levels == ["1", "2", "3"], exercise


def test_every_session_that_the_readme_names_exists():
    source = (ROOT / "noxfile.py").read_text("utf-8")
    sessions = set(re.findall(r"^def (\w+)\(session|^    \"(\w+)\": ", source, re.M))
    sessions = {name for pair in sessions for name in pair}
    named = re.findall(r"nox -s ([\w]+)", (ROOT / "README.md").read_text("utf-8"))
    assert set(named) <= sessions | {m.id for m in milestones()}
    assert "verify" in named
