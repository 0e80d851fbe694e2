"""Runs milestones' tests for the nox sessions: one status line, then the verdict handed back."""

from collections.abc import Callable, Sequence
from functools import cache
from importlib.metadata import entry_points
from typing import Any

import pytest
from rich.console import Console
from rich.status import Status

from kata.course.curriculum import Milestone, exercise_of
from kata.course.verdict import ExerciseVerdict, Verdict
from kata.paths import ROOT, relative

QUIET = ["-qq", "--no-header", "-o", "console_output_style=classic", "-p", "no:logging"]


@cache
def installed() -> list[Any]:
    """The plugins of all packages: pytest would look for them at every run."""
    return [found.load() for found in entry_points(group="pytest11")]


Red = Callable[[str, ExerciseVerdict], None]


class Host:
    """A pytest plugin: no output but the status line; keeps the configuration for afterwards."""

    def __init__(self, status: Status, before: Callable[[], None], red: Red) -> None:
        self.status, self.before, self.red = status, before, red

    def pytest_configure(self, config: pytest.Config) -> None:
        self.config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        self.before()

    @pytest.hookimpl(optionalhook=True)
    def pytest_kata_red(self, exercise: str, verdict: ExerciseVerdict) -> None:
        self.red(exercise, verdict)

    def pytest_enter_pdb(self) -> None:
        self.status.stop()  # it would draw over what is typed

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if found := exercise_of(ROOT / nodeid.partition("::")[0]):
            self.status.update(f"{found[0].id}  {found[1]}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str]:
        return report.outcome, "", ""


def run_tests(
    chosen: Sequence[Milestone],
    console: Console,
    exercises: Sequence[str] = (),
    tree: str = "milestones",
    before: Callable[[], None] = lambda: None,
    red: Red = lambda *_: None,
) -> Verdict:
    """The verdict on these milestones, or on these exercises of theirs, on the learner's code.

    tree: for milestones before them that are borrowed, see kata/course/trees.py. before: is called
    where everything is set up, and nothing of the learner's has been read yet. red: is called with
    an exercise that is red, before what there is to say about it is looked for.
    """
    if exercises:
        files = [m.test_file(e) for m in chosen for e in m.exercises if e in exercises]
    else:
        files = [milestone.tests for milestone in chosen]
    with console.status("Loading") as status:
        host = Host(status, before, red)
        arguments = [*QUIET, f"--rootdir={ROOT}", f"--tree={tree}", *map(relative, files)]
        code = pytest.main(["--disable-plugin-autoload", *arguments], [*installed(), host])
    if code == pytest.ExitCode.INTERRUPTED:  # the debugger was left with `q`
        raise KeyboardInterrupt
    run: Any = host.config.pluginmanager.get_plugin("kata-run")
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED) and not run.verdict:
        raise RuntimeError(f"pytest could not run the tests: {code!r}. Try pytest --raw.")
    return run.verdict
