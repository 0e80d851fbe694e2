"""Correct code in other styles passes, and the bugs written into it are named, none wrongly.

alternates/STYLE/ is a tree; its bugs.toml holds edits of it. An id from the catalogue is the
name that the diagnosis must give; any other is a slip that the catalogue does not know, which
must be noticed and never named.
"""

import ast
import importlib
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from kata import bugs
from kata.curriculum import exercise_of, milestones
from kata.diagnose import diagnose
from kata.matrix import collect, kills
from kata.outcomes import Outcome
from kata.replay import Case, Replay, earlier, replay
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
        named = _named(bug, style, milestone, calls)
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


def _named(bug, style, milestone, calls):
    """What the diagnosis says of the first red exercise; None where all tests pass.

    Only tests that call the edited function run: all others give what they gave.
    """
    code = {f.name: f.read_text("utf-8") for f in (style / milestone.package).glob("*.py")}
    tree = str(bugs.planted(milestone.package, code, [bug]))
    function = _edited_function(bug, style / milestone.package)
    for exercise, tests in calls.items():
        reached = [t.case for t in tests if function is None or function & t.called]
        found = {t.case.id: t.outcome for t in tests} | replay(tree, reached, earlier(milestone))
        if any(outcome.state != "passed" for outcome in found.values()):
            return diagnose(milestone, exercise, (), [t.case for t in tests], found)
    return None


class _Test(NamedTuple):
    case: Case
    outcome: Outcome  # on the correct code
    called: set[tuple[str, int]]  # file and first line of each of its functions


def _calls(style, milestone):
    """Each exercise's tests, and what of the correct code they call."""
    cases = collect(milestone.tests)
    correct = Replay(str(style), imported=earlier(milestone))
    folder = str(style / milestone.package)

    def traced(run, *arguments):
        called = set()

        def note(frame, event, _):
            if frame.f_code.co_filename.startswith(folder):
                called.add((Path(frame.f_code.co_filename).name, frame.f_code.co_firstlineno))

        sys.settrace(note)
        try:
            return run(*arguments), called
        finally:
            sys.settrace(None)

    with correct.mounted():
        _, at_import = traced(importlib.import_module, f"milestones.{milestone.package}")
    found = {exercise: [] for exercise in milestone.exercises}
    with correct.running() as run:
        for case in cases:
            outcome, called = traced(run, case)
            found[exercise_of(case.file)[1]].append(_Test(case, outcome, called | at_import))
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
