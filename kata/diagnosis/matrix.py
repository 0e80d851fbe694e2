"""The kill matrix: which test notices which seeded bug."""

import contextlib
import importlib
import io
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console
from rich.progress import track

from kata.course import reference, trees
from kata.course.bugs import catalogue
from kata.course.curriculum import Milestone, milestone, milestones
from kata.diagnosis.replay import Case, on_bugs
from kata.paths import ROOT

Matrix = dict[str, dict[str, bool]]  # bug id -> test id -> whether the test fails


class _Collector:
    cases: list[Case]

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.cases = [Case.of(item) for item in session.items if isinstance(item, pytest.Function)]


def collect(path: Path) -> list[Case]:
    """The tests under a path, as pytest collects them. Raises RuntimeError where it cannot."""
    collector = _Collector()
    options = ["--collect-only", "-qq", f"--rootdir={ROOT}", str(path)]
    with trees.mounted("solutions"), contextlib.redirect_stdout(io.StringIO()) as output:
        code = pytest.main(options, plugins=[collector])
    if code != pytest.ExitCode.OK:
        raise RuntimeError(f"pytest cannot collect {path}:\n{output.getvalue()}")
    return collector.cases


def kills(of: Milestone, exercise: str, whole: bool = True) -> Matrix:
    """Each bug of the exercise against each of its tests.

    Not whole: a bug runs on the tests that have noticed none yet, and until one notices it.
    """
    cases = collect(of.test_file(exercise))
    noticed: Counter[str] = Counter()
    matrix = {}
    for bug in catalogue(of):
        if bug.exercise != exercise:
            continue
        planted = on_bugs(bug.id)
        with planted.mounted():
            importlib.import_module(f"milestones.{of.package}")  # else every test would fail
        row: dict[str, bool] = {}
        idle_first = sorted(cases, key=lambda c: (noticed[c.id] > 0, -noticed[c.id]))
        for case in idle_first:
            if noticed[case.id] and any(row.values()) and not whole:
                break
            row[case.id] = not planted.passes(case)
            noticed[case.id] += row[case.id]
        matrix[bug.id] = {case.id: row[case.id] for case in cases if case.id in row}
    return matrix


def survivors(matrix: Matrix) -> list[str]:
    """Bugs that no test notices."""
    return [bug for bug, tests in matrix.items() if not any(tests.values())]


def idle(matrix: Matrix) -> list[str]:
    """Tests that notice no bug."""
    tests = dict.fromkeys(id for row in matrix.values() for id in row)
    return [id for id in tests if not any(row.get(id) for row in matrix.values())]


def main(console: Console, ids: Sequence[str]) -> int:
    """Print the matrix of the milestones named, or of all."""
    reference.location()
    chosen = [milestone(id) for id in ids] or milestones()
    work = [(m, exercise) for m in chosen for exercise in m.exercises]
    bugs = tests = 0
    faults: list[str] = []
    for of, exercise in track(work, "Planting", console=console, transient=True):
        matrix = kills(of, exercise)
        for bug, row in matrix.items():
            names = [id.partition("::")[2] for id, killed in row.items() if killed]
            first = names[0].removeprefix("test_") if names else "NOTHING"
            console.out(f"{bug:<46} {len(names):>2} of {len(row):>2}  {first}", highlight=False)
        bugs, tests = bugs + len(matrix), tests + len(next(iter(matrix.values()), {}))
        faults += [f"no test notices {bug}" for bug in survivors(matrix)]
        faults += [f"{id} notices no bug" for id in idle(matrix)]
    console.print(f"\n{bugs} bugs, {tests} tests, {len(faults)} faults.")
    for fault in faults:
        console.print(f"  {fault}")
    return 1 if faults else 0
