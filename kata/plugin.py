"""The pytest plugin: plain pytest, an editor's test pane and the nox sessions all say the same."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from kata import board, check, leaks, replay, trees
from kata.curriculum import ROOT, Milestone, exercise_of, milestones
from kata.diagnose import diagnose
from kata.errors import KataError
from kata.failure import Failure, explain, is_timeout
from kata.guard import guarded
from kata.replay import Case, Outcome
from kata.rooms import open_room
from kata.verdict import ExerciseVerdict, TestVerdict, Verdict, add_missing, states_of, write_report


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kata")
    group.addoption("--tree", help="where `import milestones` comes from (default: KATA_TREE)")
    group.addoption("--report", metavar="FILE", type=Path, help="write the verdict as JSON")
    group.addoption("--raw", action="store_true", help="pytest's own tracebacks, no diagnosis")


def pytest_configure(config: pytest.Config) -> None:
    if tree := config.getoption("--tree"):
        os.environ["KATA_TREE"] = str(tree)
    try:
        trees.search_path(trees.current())
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    settings.load_profile("kata")
    config.pluginmanager.register(Run(config), "kata-run")


def pytest_report_header() -> str:
    return f"kata: tree {trees.current()}"


class Run:
    """One run of the tests: collects verdicts, then shows the board and the first failure."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.raw = config.getoption("--raw")
        self.verdict: Verdict = {}
        self.cases: dict[str, Case] = {}
        self.outcomes: dict[str, Outcome] = {}
        self.import_leaks: dict[Milestone, leaks.GlobalChanged] = {}
        self.endless: set[tuple[Milestone, str]] = set()
        self.narrowed = any("::" in str(arg) for arg in config.args)

    # Collection

    def pytest_collectstart(self, collector: pytest.Collector) -> None:
        if isinstance(collector, pytest.Module) and (found := exercise_of(collector.path)):
            leaks.reset()
            open_room(found[0])
            if leak := leaks.changed(found[0]):
                self.import_leaks.setdefault(found[0], leak)
            leaks.reset()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.sort(key=_curriculum_order)

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self.narrowed = self.narrowed or bool(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items and all(exercise_of(item.path) for item in session.items) and not self.raw:
            reporter = self.config.pluginmanager.get_plugin("terminalreporter")
            self.config.option.tbstyle = "no"  # the board shows the one failure that matters
            if reporter:
                reporter.reportchars = ""

    # Each test

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, Any, Any]:
        found = exercise_of(item.path)
        if not found or not isinstance(item, pytest.Function):
            return (yield)
        self.cases[item.nodeid] = Case.of(item)
        leaks.reset()
        check.start_recording()
        error = None
        with guarded(*found), replay.watched_examples(item.obj) as example:
            try:
                self._refuse(*found)
                result = yield
                if leak := leaks.changed(found[0]):
                    raise leak
                return result
            except BaseException as caught:
                error = caught
                if is_timeout(caught):
                    self.endless.add(found)
                raise
            finally:
                self.outcomes[item.nodeid] = replay.outcome(error, example)
                leaks.reset()

    def _refuse(self, milestone: Milestone, exercise: str) -> None:
        """Raises KataError where an earlier test already says why this one cannot be run."""
        if leak := self.import_leaks.pop(milestone, None):
            raise leak
        if (milestone, exercise) in self.endless:
            raise KataError(f"Not run: a test of {exercise} before it did not finish.")

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if (found := exercise_of(item.path)) and (report.when == "call" or not report.passed):
            outcome, failure = report.outcome, None
            if call.excinfo:
                error = call.excinfo.value
                failure = explain(error, str(item.path), found[1])
                if outcome == "failed" and item.nodeid in self.outcomes:
                    outcome = self.outcomes[item.nodeid].state
                if not self.raw:
                    report.longrepr = failure.message()
            report.kata = (outcome, failure and failure.as_dict())
        return report

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not hasattr(report, "kata"):
            return
        milestone, exercise = exercise_of(ROOT / report.nodeid.partition("::")[0])
        outcome, failure = report.kata
        exercises = self.verdict.setdefault(milestone.id, {})
        exercises.setdefault(exercise, ExerciseVerdict()).tests[report.nodeid] = TestVerdict(
            outcome, Failure(**failure) if failure else None
        )

    # The end

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if hasattr(self.config, "workerinput"):
            return  # a worker of xdist: its controller has the whole verdict
        for milestone in milestones():
            if (
                milestone.id in self.verdict
                and not self.narrowed
                and _asked_whole(milestone, self.config)
            ):
                add_missing(self.verdict, milestone)
        if not self.raw:
            self._diagnose()
        if path := self.config.getoption("--report"):
            write_report(path, self.verdict, trees.current())
        if any(found.state != "green" for m in self.verdict.values() for found in m.values()):
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def _diagnose(self) -> None:
        """The first red exercise; every one where a report is asked for."""
        for milestone in milestones():
            exercises = self.verdict.get(milestone.id, {})
            red = [exercise for exercise, found in exercises.items() if found.state == "red"]
            for exercise, verdict in exercises.items():
                ids = [id for id in verdict.tests if id in self.outcomes]
                if verdict.state != "red" or len(ids) < len(verdict.tests):
                    continue
                cases = [self.cases[id] for id in ids]
                names = diagnose(milestone, exercise, red, cases, self.outcomes)
                for test in verdict.tests.values():
                    test.diagnosis = names if test.outcome == "failed" else []
                if not self.config.getoption("--report"):
                    return

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if self.verdict and not self.raw and self.config.option.verbose > -2:
            board.show(states_of(self.verdict), self.verdict, board.make_console())


def _curriculum_order(item: pytest.Item) -> tuple[int, int]:
    """Milestone tests in the order of the curriculum, all others after them."""
    found = exercise_of(item.path)
    if not found or found[1] not in found[0].exercises:
        return len(milestones()), 0
    return milestones().index(found[0]), found[0].exercises.index(found[1])


def _asked_whole(milestone: Milestone, config: pytest.Config) -> bool:
    """Whether the command line names the milestone's test folder, or one above it."""
    asked = (config.invocation_params.dir / str(arg).partition("::")[0] for arg in config.args)
    return any(milestone.tests.is_relative_to(path.resolve()) for path in asked)
