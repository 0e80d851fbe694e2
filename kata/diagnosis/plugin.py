"""The pytest plugin: plain pytest, an editor's test pane and the nox sessions all say the same."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import pytest_timeout
from _pytest.runner import runtestprotocol
from hypothesis import settings

from kata.course import trees
from kata.course.curriculum import Milestone, exercise_of, milestones, place_of
from kata.course.verdict import (
    ExerciseVerdict,
    Failure,
    TestVerdict,
    Verdict,
    add_missing,
    states_of,
    write_report,
)
from kata.diagnosis.replay import Case
from kata.diagnosis.telling import tell
from kata.errors import KataError
from kata.paths import ROOT
from kata.testing import board, debugger, leaks, outcomes
from kata.testing.failure import explain, last_words, sayable
from kata.testing.guard import guarded
from kata.testing.properties import drawn_before, watched
from kata.testing.rooms import open_room
from kata.testing.signatures import typechecked  # noqa: F401, for --jaxtyping-packages
from kata.testing.time_limit import TimeIsUp, possible, start

PRINTED_LINES = 8


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("kata")
    group.addoption("--tree", help="where `import milestones` comes from (default: KATA_TREE)")
    group.addoption("--report", metavar="FILE", type=Path, help="write the verdict as JSON")
    group.addoption("--raw", action="store_true", help="pytest's own tracebacks, no diagnosis")


class Hooks:
    """What this plugin tells others."""

    def pytest_kata_red(self, exercise: str, verdict: ExerciseVerdict) -> None:
        """The exercise is red; what can be said of it besides is looked for next."""


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(Hooks)


def pytest_configure(config: pytest.Config) -> None:
    try:
        os.environ["KATA_TREE"] = trees.absolute(config.getoption("--tree") or trees.current())
    except ValueError as error:
        raise pytest.UsageError(str(error)) from None
    settings.load_profile("kata")
    run = Run(config)
    config.pluginmanager.register(run, "kata-run")
    if (report := config.getoption("--report")) and not run.is_worker:
        report.unlink(missing_ok=True)  # a run that dies must not leave an older verdict


def pytest_report_header() -> str:
    return f"kata: tree {trees.current()}"


class Run:
    """One run of the tests: collects verdicts, then shows the board and the first failure."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        self.raw = config.getoption("--raw")
        self.is_worker = hasattr(config, "workerinput")  # of xdist: sees only some of the tests
        self.verdict: Verdict = {}
        self.held: list[tuple[pytest.Item, pytest.TestReport]] = []
        self.errors: dict[str, BaseException] = {}
        self.red: list[tuple[Milestone, str]] = []
        self.cases: dict[str, Case] = {}
        self.states: dict[str, str] = {}  # of each test that has run
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
        items.sort(key=lambda item: place_of(item.path))

    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        self.narrowed = self.narrowed or bool(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if self.raw or session.testsfailed or not session.items:
            return
        if all(exercise_of(item.path) for item in session.items):
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
        outcomes.start_afresh()
        error, result = None, None
        debugging = debugger.answered(self.config, *found)
        with guarded(*found), watched(item.obj), drawn_before(item), debugging:
            try:
                with sayable():
                    self._refuse(*found)
                    result = yield
            except BaseException as caught:
                error = caught
        error = leaks.changed(found[0]) or error  # it explains whatever else went wrong
        leaks.reset()
        self.states[item.nodeid] = outcomes.outcome(error).state
        if error is None:
            return result
        self.errors[item.nodeid] = error
        if isinstance(error, TimeIsUp):
            self.endless.add(found)
        raise error

    @pytest.hookimpl(tryfirst=True)
    def pytest_timeout_set_timer(self, item: Any, settings: Any) -> bool | None:
        """pytest-timeout's own goes by the clock, and hypothesis would try again after it."""
        if not exercise_of(item.path) or not possible():
            return None
        item.cancel_timeout = start(settings.timeout, unless=pytest_timeout.is_debugging)
        return True

    def _refuse(self, milestone: Milestone, exercise: str) -> None:
        """Raises KataError where an earlier test already says why this one cannot be run."""
        if leak := self.import_leaks.pop(milestone, None):
            raise leak
        if (milestone, exercise) in self.endless:
            raise KataError(f"Not run: a test of {exercise} before it did not finish.")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(
        self, item: pytest.Item, nextitem: pytest.Item | None
    ) -> bool | None:
        """Hold an exercise's reports until its last test has run: only then is it diagnosed."""
        found = exercise_of(item.path)
        if not found:
            return None
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        self.held += [(item, r) for r in runtestprotocol(item, log=False, nextitem=nextitem)]
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        if self.is_worker or nextitem is None or exercise_of(nextitem.path) != found:
            self._release(*found)
        return True

    def _release(self, milestone: Milestone, exercise: str) -> None:
        """Judge the exercise that just ended, and hand its reports on."""
        verdict = ExerciseVerdict()
        for item, report in self.held:
            if report.when == "call" or not report.passed:
                verdict.tests[item.nodeid] = self._judge(item, report, exercise)
        if verdict.state == "red":
            self.red.append((milestone, exercise))
            if not self.raw and (len(self.red) == 1 or self.config.getoption("--report")):
                self.config.hook.pytest_kata_red(exercise=exercise, verdict=verdict)
                self._tell(milestone, exercise, verdict)
        for item, report in self.held:
            if report.when == "call" or not report.passed:
                test = verdict.tests[item.nodeid]
                report.user_properties.append(("kata", test.as_dict()))
                if not (report.passed or self.raw):
                    report.longrepr = test.message()
            item.ihook.pytest_runtest_logreport(report=report)
        self.held.clear()

    def _judge(self, item: pytest.Item, report: pytest.TestReport, exercise: str) -> TestVerdict:
        error = self.errors.get(item.nodeid)
        if report.passed:
            return TestVerdict(report.outcome)
        if error is None:  # it was skipped, or broke before the call
            return TestVerdict(report.outcome, Failure(problem=last_words(report)))
        outcome = self.states[item.nodeid] if report.failed else report.outcome
        failure = explain(error, str(item.path), exercise)
        failure.printed = "\n".join(report.capstdout.splitlines()[-PRINTED_LINES:])
        return TestVerdict(outcome, failure)

    def _tell(self, milestone: Milestone, exercise: str, verdict: ExerciseVerdict) -> None:
        if self.is_worker or self.narrowed or not verdict.tests.keys() <= self.states.keys():
            return  # without all of the exercise's tests it would be a guess
        tell((milestone, exercise), self.red[:-1], verdict.tests, self.cases, self.errors)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Collect the verdict; with xdist the reports come from the workers."""
        found = exercise_of(ROOT / report.nodeid.partition("::")[0])
        said = dict(report.user_properties).get("kata")
        if found and isinstance(said, dict):
            exercises = self.verdict.setdefault(found[0].id, {})
            exercise = exercises.setdefault(found[1], ExerciseVerdict())
            exercise.tests[report.nodeid] = TestVerdict.from_dict(said)

    # The end

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.is_worker:
            return
        for milestone in milestones():
            if milestone.id in self.verdict and self._whole(milestone):
                add_missing(self.verdict, milestone)
        if path := self.config.getoption("--report"):
            write_report(path, self.verdict, trees.current())
        if any(found.state != "green" for m in self.verdict.values() for found in m.values()):
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        if not self.verdict or self.raw or self.config.option.verbose <= -2:
            return
        states = states_of(self.verdict)
        for milestone in milestones():
            if milestone.id in states and not self._whole(milestone):
                ran = self.verdict[milestone.id]
                states[milestone.id] = {e: s for e, s in states[milestone.id].items() if e in ran}
        board.show(states, self.verdict, board.make_console())

    def _whole(self, milestone: Milestone) -> bool:
        """Whether the command line names the milestone's test folder, or one above it."""
        start = self.config.invocation_params.dir
        asked = (start / str(arg).partition("::")[0] for arg in self.config.args)
        named = any(milestone.tests.is_relative_to(path.resolve()) for path in asked)
        return named and not self.narrowed
