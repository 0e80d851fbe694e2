"""Runs tests in a fraction of pytest's own start, for `watch`.

This process imports PyTorch, pytest and hypothesis once, and never any of the learner's code.
Each run is a fork of it: it has them already, and its end, of whatever kind, is only a result.
"""

import gc
import importlib
import io
import json
import os
import signal
import sys
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING

from rich.console import Console

from kata import plain
from kata.course.curriculum import Milestone, milestone
from kata.judging import worker
from kata.judging.worker import CAN_FORK, PROCESSES
from kata.paths import ROOT

if TYPE_CHECKING:  # the process of a watch loads them later
    from kata.course.verdict import ExerciseVerdict, Verdict

SECONDS = 120  # each test has its own limit: this is for code that swallows it


@dataclass(frozen=True)
class Request:
    milestone: str
    exercises: Sequence[str]  # none: all of them
    tree: str  # see kata/course/trees.py
    width: int
    encoding: str
    color: bool


@dataclass(frozen=True)
class Result:
    states: dict[str, str]  # empty where the run did not come to its end
    text: str
    exercise: str = ""  # the one that the text is about; none where all are green
    imported: Sequence[str] = ()  # the modules of torch that it had to import
    final: bool = True  # else only the failure: the mistake behind it is still looked for


class Run:
    """Tests in a process of their own, which stands ready until it is told to begin."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self._ours, theirs = PROCESSES.Pipe()
        # Its own: a run that is killed, or ends at once, cleans nothing up.
        self._folder = tempfile.TemporaryDirectory("", "kata-run-", ignore_cleanup_errors=True)
        arguments = (theirs, self._ours, request, self._folder.name)
        self._process = PROCESSES.Process(target=_answer, args=arguments)
        self._process.start()
        theirs.close()
        self._ending = threading.Lock()
        self._over = False

    def begin(self) -> None:
        """Only from here on any of the learner's code is read."""
        with suppress(OSError):  # it has ended: the result says how
            self._ours.send_bytes(b"")

    def results(self) -> Iterator[Result]:
        """Wait for the failure, where there is one, and for the end: once.

        A crash, an early exit and an endless loop are results, too.
        """
        try:
            while self._ours.poll(SECONDS):
                result = Result(**json.loads(self._ours.recv_bytes()))
                yield result
                if result.final:
                    return
            problem = worker.unended(SECONDS, worker.processor_seconds(self._process.pid)) + "."
        except (EOFError, ConnectionResetError):
            self._process.join(1)  # its code may have closed the pipe, and go on
            problem = last_words(self._process.exitcode)
        finally:
            self.end()
        yield Result({}, f"\n The run {problem}\n")

    def end(self) -> None:
        """Stop it, and leave nothing of it."""
        self.stop()
        with self._ending:
            self._process.join()
            self._process.close()
            self._ours.close()
            self._folder.cleanup()
            self._over = True

    def stop(self) -> None:
        """End it, with all that it started. Any thread may, at any time."""
        with self._ending:
            if self._over:
                return
            if CAN_FORK and self._process.pid:
                with suppress(ProcessLookupError):
                    os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()


def warm_up() -> None:
    """Do what every run would do first."""
    if not CAN_FORK:
        return
    from kata.diagnosis import plugin  # noqa: F401
    from kata.learner import session
    from kata.testing import guard

    session.installed()
    guard.forbidden_classes()
    worker.warm_up(*session.QUIET, "-c", str(ROOT / "pyproject.toml"))
    # Python warns of forks beside threads: ours only wait, for keys and for files.
    warnings.filterwarnings("ignore", ".*multi-threaded.*fork", DeprecationWarning)


def prepare(of: Milestone, exercise: str, imported: Sequence[str]) -> None:
    """Do here, while nothing runs, what the next run of that exercise would do again.

    imported: what the last one had to import; optimizers, for one, need two seconds.
    """
    if not CAN_FORK:
        return
    from kata.course import bugs, reference
    from kata.diagnosis import replay

    for name in imported:
        with suppress(ImportError):
            importlib.import_module(name)
    if reference.exists():
        bugs.catalogue(of)
        replay.draw_examples(of, exercise)
    gc.freeze()


def _answer(answer: Connection, other: Connection, request: Request, folder: str) -> None:
    """What the process of a run does. other: the watch's end. folder: for temporary files."""
    other.close()  # while it is open here, too, the watch could end unnoticed
    tempfile.tempdir = folder
    before = set(sys.modules)
    if CAN_FORK:
        os.setsid()  # what the learner's code starts ends with it
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (1, 2):
        os.dup2(nowhere, standard)
    os.chdir(ROOT)

    def send(result: Result) -> None:
        imported = [name for name in sys.modules.keys() - before if name.startswith("torch.")]
        answer.send_bytes(json.dumps({**vars(result), "imported": imported}).encode())

    send(judge(request, answer, send))
    os._exit(0)  # no time for what the learner's code left to be done at exit


def judge(request: Request, word: Connection, early: Callable[[Result], None]) -> Result:
    """Run the tests, once the word is given, and say what `nox -s m01` would say.

    early: is given what is known before the mistake behind a failure is looked for.
    """
    from kata.course import reference
    from kata.diagnosis import replay
    from kata.learner.session import run_tests

    chosen = milestone(request.milestone)
    alone = request.exercises[0] if len(request.exercises) == 1 else None

    def wait() -> None:
        if alone and reference.exists():
            replay.load_bugs(chosen, alone, stop=word.poll)
        try:
            word.recv_bytes()
        except EOFError:  # there is no watch any more
            os._exit(0)

    def red(exercise: str, verdict: "ExerciseVerdict") -> None:
        if exercise == alone:
            early(replace(_told(request, {chosen.id: {exercise: verdict}}), final=False))

    nowhere = Console(file=io.StringIO())
    verdict = run_tests([chosen], nowhere, request.exercises, request.tree, before=wait, red=red)
    return _told(request, verdict)


def _told(request: Request, verdict: "Verdict") -> Result:
    """The states, and what there is to say: of a red exercise, or of the first to be written."""
    from kata.course.verdict import states_of
    from kata.testing import board

    chosen = milestone(request.milestone)
    found = states_of(verdict)[chosen.id]
    states = {exercise: found[exercise] for exercise in request.exercises or chosen.exercises}
    left = sorted((e for e in states if states[e] != "green"), key=lambda e: states[e] != "red")
    if not left:
        return Result(states, "")
    page = io.BytesIO()
    console = Console(
        file=io.TextIOWrapper(page, request.encoding, plain.NAME, write_through=True),
        width=request.width,
        force_terminal=request.color,
        highlight=False,
        emoji=False,
        markup=False,
    )
    board.show_exercise(console, chosen, left[0], verdict[chosen.id][left[0]])
    return Result(states, page.getvalue().decode(request.encoding), left[0])


def last_words(code: int | None) -> str:
    if code is not None and code < 0:
        return f"crashed: {signal.strsignal(-code)}. Run the milestone's session to see where."
    return f"ended before its verdict, with exit code {code}: does your code call exit?"
