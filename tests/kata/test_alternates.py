"""Correct code in other styles passes, and the bugs written into it are named, none wrongly.

alternates/STYLE/ is a tree; its bugs.toml holds edits of it. An id from the catalogue is the
name that the diagnosis must give; any other is a slip that the catalogue does not know, which
must be noticed and never named, unless its `near` is a bug that it makes in part. Nine of ten are
exact; what is near is counted apart.
"""

import pytest

from kata.course import bugs
from kata.course.curriculum import milestone, milestones
from kata.diagnosis import diagnose
from kata.diagnosis.matrix import kills
from tests.kata.proofs import outcomes, report_of
from tests.kata.styles import STYLES, first_red, what_tests_call

BUILT = [
    pytest.param(style, milestone, id=f"{style.name}-{milestone.id}")
    for milestone in milestones()
    for style in STYLES
    if (style / milestone.package).is_dir()
]


def test_every_milestone_has_two_styles_of_its_own():
    counts = {m.id: sum((style / m.package).is_dir() for style in STYLES) for m in milestones()}
    assert min(counts.values()) >= 2, counts


@pytest.mark.parametrize(("style", "milestone"), BUILT)
@pytest.mark.timeout(300)
def test_correct_code_in_another_style_passes_every_test(style, milestone, tmp_path):
    found = outcomes(report_of(milestone, style, tmp_path))
    assert {id for id, outcome in found.items() if outcome != "passed"} == set()


@pytest.mark.parametrize(("style", "milestone"), BUILT)
@pytest.mark.timeout(900)
def test_nine_of_ten_bugs_are_named_and_none_wrongly(style, milestone, proof, monkeypatch):
    monkeypatch.setattr(diagnose, "SECONDS", 0.5)  # each has one mistake: pairs need no time
    have_run = set()  # exercises whose bugs have: the diagnosis then uses that
    calls = what_tests_call(style, milestone)
    catalogue = {bug.id for bug in bugs.catalogue(milestone)}
    exact, near, unnamed, wrong, unnoticed = [], [], [], {}, []
    for bug in bugs.read(style / "bugs.toml"):
        if not bug.id.startswith(f"{milestone.id}/"):
            continue
        red = first_red(bug, style, milestone, calls)
        if red is None:
            unnoticed.append(bug.id)
            continue
        exercise, evidence = red
        if exercise not in have_run:
            kills(milestone, exercise, whole=False)
            have_run.add(exercise)
        found = diagnose.diagnose(bugs.ids(milestone, exercise), evidence)
        if bug.id in _ids(found.exact) or _says(bug.id) in map(_says, found.exact):
            exact.append(bug.id)
        elif found.near and _says_the_same(bug.near or bug.id, found.near):
            near.append(bug.id)
        elif found.exact or found.near:
            wrong[bug.id] = [*found.exact, *found.near]
        elif bug.id in catalogue:
            unnamed.append(bug.id)
    proof(
        f"{milestone.id} in the style {style.name}: {len(exact)} bugs named exactly, {len(near)} "
        f"nearly, {len(wrong)} wrongly, {len(unnamed)} of the catalogue not named"
    )
    assert unnoticed == []
    assert wrong == {}
    assert len(exact) >= 0.9 * (len(exact) + len(near) + len(unnamed)), near + unnamed


def _ids(names):
    return {part for ids in names for part in ids.split("+")}


def _says(id):
    """The bug's own sentence, which two bugs may share: then they are one mistake."""
    own = {bug.id: bug.says for bug in bugs.catalogue(milestone(id.partition("/")[0]))}
    return own.get(id, id)


def _says_the_same(id, names):
    known = {bug.id for bug in bugs.catalogue(milestone(id.partition("/")[0]))}
    return id in known and bugs.nearly(id) in [bugs.nearly(ids) for ids in names]
