"""Runs tests where a crash, an exit or a thread left over ends only the run; and confirms a green
milestone on a copy before it is ticked."""

import json
import os
import sys
import tempfile
import traceback
from collections.abc import Callable

from rich.console import Console

from kata.course.curriculum import Milestone
from kata.course.verdict import ExerciseVerdict, TestVerdict, Verdict
from kata.errors import KataError
from kata.judging.judge import Judge
from kata.learner.warm import CAN_FORK, last_words

STOPPED = 130  # the exit code of a run that its user ended


def in_a_fork(run: Callable[[], Verdict]) -> Verdict:
    """What it returns, from a fork of this process; from this process where there is no fork.

    Raises KataError where the fork ends before its verdict.
    """
    if not CAN_FORK:
        return run()
    reading, writing = os.pipe()
    # A folder of its own: a run that ends at once cleans nothing up.
    with tempfile.TemporaryDirectory("", "kata-run-", ignore_cleanup_errors=True) as folder:
        child = os.fork()
        if child == 0:
            tempfile.tempdir = folder
            _send(run, writing)
        os.close(writing)
        with os.fdopen(reading, "rb") as file:
            said = file.readline()  # not to its end: what the learner's code started may hold it
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code == STOPPED:
        raise KeyboardInterrupt
    if not said.endswith(b"\n"):
        raise KataError(f"The run {last_words(code)}")
    return {
        milestone: {
            exercise: ExerciseVerdict({id: TestVerdict.from_dict(t) for id, t in tests.items()})
            for exercise, tests in exercises.items()
        }
        for milestone, exercises in json.loads(said).items()
    }


def _send(run: Callable[[], Verdict], writing: int) -> None:
    """What the fork does; it ends here, with no time for what is left to be done at exit."""
    code = 1
    try:
        verdict = run()
        plain = {
            milestone: {
                exercise: {id: test.as_dict() for id, test in found.tests.items()}
                for exercise, found in exercises.items()
            }
            for milestone, exercises in verdict.items()
        }
        with os.fdopen(writing, "wb") as file:
            file.write(json.dumps(plain).encode() + b"\n")
        code = 0
    except KeyboardInterrupt:
        code = STOPPED
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


def confirmed(milestone: Milestone, console: Console) -> tuple[dict[str, str], str]:
    """The states of the milestone's exercises on a copy; and, where it is not green, why."""
    doing = f"Checking {milestone.id} in a clean copy before ticking it"
    with console.status(doing), Judge() as judge:
        result = judge.verdict(milestone)
    if result.state == "green":
        return result.states(milestone), ""
    return result.states(milestone), (
        f"{milestone.id} is green here, but not on a copy that holds only the .py files of its "
        f"folder and of those before it, so it is not ticked.\n {result.reason}"
    )
