"""Correct code in other styles passes, and the bugs written into it are named, none wrongly.

alternates/STYLE/ is a tree; its bugs.toml holds edits of it. An id from the catalogue is the
name that the diagnosis must give; any other is a slip that the catalogue does not know, which
must be noticed and never named.
"""

import ast
import sys
from pathlib import Path

import pytest

from kata import bugs
from kata.curriculum import exercise_of, milestones
from kata.diagnose import diagnose
from kata.matrix import collect, kills
from kata.replay import earlier, replay
from tests.kata.proofs import outcomes, report_of

STYLES = sorted(path.parent for path in Path(__file__).parent.glob("alternates/*/bugs.toml"))
BUILT = [  # a worker that goes on with the same milestone knows what its bugs give
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
def test_nine_of_ten_bugs_are_named_and_none_wrongly(style, milestone, proof):
    for exercise in milestone.exercises:
        kills(milestone, exercise, whole=False)  # the diagnosis then uses what has run
    calls = _calls(style, milestone)
    catalogue = {bug.id for bug in bugs.catalogue(milestone)}
    right, unnamed, wrong, unnoticed = [], [], {}, []
    for bug in bugs.read(style / "bugs.toml"):
        if not bug.id.startswith(f"{milestone.id}/"):
            continue
        function = _edited_function(bug, style / milestone.package)
        reached = [own for own, called in calls if function is None or function & called]
        named = _named(bug, style, milestone, reached)
        if named is None:
            unnoticed.append(bug.id)
        elif bug.id in {part for ids in named for part in ids.split("+")}:
            right.append(bug.id)
        elif named:
            wrong[bug.id] = named
        elif bug.id in catalogue:
            unnamed.append(bug.id)
    proof(
        f"{milestone.id} in the style {style.name}: {len(right)} bugs named rightly, "
        f"{len(wrong)} wrongly, {len(unnamed)} of the catalogue not named"
    )
    assert unnoticed == []
    assert wrong == {}
    assert len(right) >= 0.9 * (len(right) + len(unnamed)), unnamed


def _named(bug, style, milestone, exercises):
    """What the diagnosis says of the first red exercise; None where all tests pass."""
    code = {f.name: f.read_text("utf-8") for f in (style / milestone.package).glob("*.py")}
    tree = str(bugs.planted(milestone.package, code, [bug]))
    for own in exercises:
        found = replay(tree, own, earlier(milestone))
        if any(outcome.state != "passed" for outcome in found.values()):
            _, exercise = exercise_of(own[0].file)
            return diagnose(milestone, exercise, (), own, found)
    return None


def _calls(style, milestone):
    """Each exercise's tests, and where the functions of the correct code begin that they call.

    A bug in any other function cannot turn them red, so they need not run on it.
    """
    cases = collect(milestone.tests)
    found = []
    for exercise in milestone.exercises:
        own = [case for case in cases if exercise_of(case.file) == (milestone, exercise)]
        called = set()
        folder = str(style / milestone.package)

        def note(frame, event, _, called=called, folder=folder):
            if frame.f_code.co_filename.startswith(folder):
                called.add((Path(frame.f_code.co_filename).name, frame.f_code.co_firstlineno))

        sys.settrace(note)
        try:
            replay(str(style), own, earlier(milestone))
        finally:
            sys.settrace(None)
        found.append((own, called))
    return found


def _edited_function(bug, package):
    """The lines of the outermost function that the bug edits; None where it edits none."""
    for file in package.glob("*.py"):
        text = file.read_text("utf-8")
        if bug.find in text:
            line = text[: text.index(bug.find)].count("\n") + 1
            for node in ast.walk(ast.parse(text)):
                if isinstance(node, ast.FunctionDef) and node.lineno < line <= node.end_lineno:
                    first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                    return {(file.name, line) for line in range(first, node.end_lineno + 1)}
    return None
