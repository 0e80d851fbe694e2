"""Code in other styles, alternates/STYLE/, and the mistakes made in it: its bugs.toml."""

import ast
import importlib
import sys
from pathlib import Path
from typing import NamedTuple

from kata.course import bugs
from kata.course.curriculum import exercise_of
from kata.diagnosis.evidence import Evidence
from kata.diagnosis.matrix import collect
from kata.diagnosis.replay import Case, Replay, earlier

STYLES = sorted(path.parent for path in Path(__file__).parent.glob("alternates/*/bugs.toml"))


def first_red(bug, style, milestone, calls) -> tuple[str, Evidence] | None:
    """The first exercise that the bug makes red, and its evidence; None where all tests pass.

    Only tests that call the edited function run: all others give what they gave.
    """
    code = {f.name: f.read_text("utf-8") for f in (style / milestone.package).glob("*.py")}
    tree = str(bugs.planted(milestone.package, code, [bug]))
    function = _edited_function(bug, style / milestone.package)
    learners = Replay(tree, imported=earlier(milestone))
    for exercise, tests in calls.items():
        reached = [t.case for t in tests if function is None or function & t.called]
        failed = [case for case in reached if not _passes(case, learners)]
        if failed:
            passed = [t.case for t in tests if t.case not in failed]
            return exercise, Evidence(failed, passed, learners)
    return None


def _passes(case, learners):
    """As evidence sees it, which then need not run it again; a property ends where it fails."""
    return learners.passes(case) if learners.drawn(case) else learners.sees(case).state == "passed"


class Test(NamedTuple):
    case: Case
    called: set[tuple[str, int]]  # file and first line of each of its functions


def what_tests_call(style, milestone):
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
    for case in cases:
        passes, called = traced(correct.passes, case)
        assert passes, case.id
        found[exercise_of(case.file)[1]].append(Test(case, called | at_import))
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
