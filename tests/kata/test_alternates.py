"""Correct code in other styles passes, and the bugs written into it are named, none wrongly.

alternates/STYLE/ is a tree; its bugs.toml holds edits of it. An id from the catalogue is the
name that the diagnosis must give; any other is a slip that the catalogue does not know, which
must be noticed and never named, unless its `near` is a bug that it makes in part. Nine of ten are
exact; what is near is counted apart.
"""

from functools import cache
from typing import NamedTuple

import pytest

from kata.course import bugs
from kata.course.curriculum import milestone, milestones
from kata.diagnosis import diagnose
from kata.diagnosis.replay import load_bugs
from tests.kata.proofs import outcomes, report_of
from tests.kata.styles import STYLES, first_red, what_tests_call

BUILT = [(s, m) for m in milestones() for s in STYLES if (s / m.package).is_dir()]
EACH = [pytest.param(s, m, id=f"styles-{m.id}-{s.name}") for s, m in BUILT]


def test_every_milestone_has_two_styles_of_its_own():
    counts = {m.id: sum((style / m.package).is_dir() for style in STYLES) for m in milestones()}
    assert min(counts.values()) >= 2, counts


@pytest.mark.parametrize(("style", "milestone"), EACH)
@pytest.mark.timeout(300)
def test_correct_code_in_another_style_passes_every_test(style, milestone, tmp_path):
    found = outcomes(report_of(milestone, style, tmp_path))
    assert {id for id, outcome in found.items() if outcome != "passed"} == set()


@pytest.mark.parametrize("milestone", milestones(), ids=lambda m: f"styles-{m.id}")
@pytest.mark.timeout(1800)
def test_nine_of_ten_bugs_are_named_and_none_wrongly(milestone, proof, monkeypatch):
    monkeypatch.setattr(diagnose, "SECONDS", 0.5)  # each has one mistake: pairs need no time
    found = {style.name: named(style, each) for style, each in BUILT if each == milestone}
    for style, of_it in found.items():
        proof(
            f"{milestone.id} in the style {style}: {len(of_it.exact)} bugs named exactly, "
            f"{len(of_it.near)} nearly, {len(of_it.wrong)} wrongly, "
            f"{len(of_it.unnamed)} of the catalogue not named"
        )
    assert [id for of_it in found.values() for id in of_it.unnoticed] == []
    assert [wrong for of_it in found.values() for wrong in of_it.wrong.items()] == []
    exact = [id for of_it in found.values() for id in of_it.exact]
    others = [id for of_it in found.values() for id in of_it.near + of_it.unnamed]
    assert len(exact) >= 0.9 * len(exact + others), others


class Named(NamedTuple):
    """What is said of the bugs of a style: their ids."""

    exact: list[str]
    near: list[str]
    unnamed: list[str]  # of the catalogue
    wrong: dict[str, list[str]]
    unnoticed: list[str]


def named(style, milestone):
    found = Named([], [], [], {}, [])
    calls = what_tests_call(style, milestone)
    catalogue = {bug.id for bug in bugs.catalogue(milestone)}
    for bug in bugs.read(style / "bugs.toml"):
        if not bug.id.startswith(f"{milestone.id}/"):
            continue
        red = first_red(bug, style, milestone, calls)
        if red is None:
            found.unnoticed.append(bug.id)
            continue
        exercise, evidence = red
        load_once(milestone, exercise)
        said = diagnose.diagnose(bugs.ids(milestone, exercise), evidence)
        if bug.id in _ids(said.exact) or _says(bug.id) in map(_says, said.exact):
            found.exact.append(bug.id)
        elif said.near and _says_the_same(bug.near or bug.id, said.near):
            found.near.append(bug.id)
        elif said.exact or said.near:
            found.wrong[bug.id] = [*said.exact, *said.near]
        elif bug.id in catalogue:
            found.unnamed.append(bug.id)
    return found


@cache
def load_once(milestone, exercise):
    """All bugs of the exercise, before the first diagnosis, as a learner's warm server has them."""
    load_bugs(milestone, exercise, stop=lambda: False)


def _ids(names):
    return {part for ids in names for part in ids.split("+")}


def _says(id):
    """The bug's own sentence, which two bugs may share: then they are one mistake."""
    own = {bug.id: bug.says for bug in bugs.catalogue(milestone(id.partition("/")[0]))}
    return own.get(id, id)


def _says_the_same(id, names):
    known = {bug.id for bug in bugs.catalogue(milestone(id.partition("/")[0]))}
    return id in known and bugs.nearly(id) in [bugs.nearly(ids) for ids in names]
