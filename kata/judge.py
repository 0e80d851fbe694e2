"""A verdict that an accident or a lazy cheat cannot turn green: one milestone, on a copy, alone.

Each milestone runs in a process of its own (kata/worker.py) on a copy (kata/sandbox.py). It is
green only where every test of the manifest ran and passed, and the exit code says the same.
Out of reach here: code that patches the checks or pytest inside of its own process.
"""

import argparse
import json
import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from kata.curriculum import ROOT, Milestone, milestone, milestones, relative
from kata.errors import KataError
from kata.files import write_atomically
from kata.sandbox import sandbox, submitted

VERSION = 1
GRACE = 60  # seconds, beyond a run's own, after which the worker itself is given up
HEAVY = ("torch._dynamo", "torch.utils.flop_counter")  # two seconds, in most of the milestones
KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "LD_LIBRARY_PATH")
LONGEST = 4000  # characters of a test's message


@dataclass(frozen=True)
class Limits:
    """What one milestone's run may take."""

    seconds: float = 180
    test_seconds: float = 20
    memory_bytes: int = 4 << 30  # beyond what Python and PyTorch take
    file_bytes: int = 64 << 20
    processes: int = 128  # beyond what the user already runs


@dataclass(frozen=True)
class Result:
    """The verdict on one milestone; no exercises and an error where none could be had."""

    milestone: str
    state: str  # green, red, todo or error
    exercises: dict[str, Any]
    error: str = ""

    def states(self, milestone: Milestone) -> dict[str, str]:
        """Every exercise's state; red where there was no verdict."""
        red = {"state": "red"}
        return {name: self.exercises.get(name, red)["state"] for name in milestone.exercises}

    @property
    def reason(self) -> str:
        """The error, or the first line of what the first test that did not pass has to say."""
        said = (
            f"{name}: {test['message'].strip()}"
            for name, found in self.exercises.items()
            for test in found["tests"].values()
            if test["outcome"] != "passed"
        )
        return (self.error or next(said, "")).partition("\n")[0]

    def as_dict(self) -> dict[str, Any]:
        found = {"version": VERSION, **asdict(self)}
        return found if self.error else {k: v for k, v in found.items() if k != "error"}


class Judge:
    """A worker that is kept: only the first verdict waits for PyTorch. Close it at the end.

    many: there are milestones to come, so that it is worth importing all that their tests use.
    """

    def __init__(self, limits: Limits | None = None, many: bool = False) -> None:
        self.limits = limits or Limits()
        self._imports = HEAVY if many else ()
        self._manifests: dict[tuple[str, ...], list[str]] = {}
        self._worker = self._start()

    def __enter__(self) -> "Judge":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def verdict(
        self, milestone: Milestone, submission: Path = ROOT, exercises: Sequence[str] = ()
    ) -> Result:
        """Judge the milestone's files in that folder; whatever they do, a result comes back.

        exercises: only these of the milestone; all of them where empty.
        """
        chosen = [e for e in milestone.exercises if e in (exercises or milestone.exercises)]
        try:
            sources = submitted(submission, milestone)
            manifest = self.manifest(milestone, chosen)
            answer = self._ask(milestone, chosen, sources)
        except (KataError, OSError) as error:
            return _no_verdict(milestone, str(error))
        if problem := answer.get("problem"):
            return _no_verdict(milestone, f"The run {problem}.")
        try:
            return decide(milestone, chosen, manifest, answer["sent"], answer["exit"])
        except (LookupError, TypeError, AttributeError):
            return _no_verdict(milestone, "The run's answer is not a verdict.")

    def manifest(self, milestone: Milestone, exercises: Sequence[str]) -> list[str]:
        """The ids of the exercises' tests, collected without any of a learner's code."""
        key = (milestone.id, *exercises)
        if key not in self._manifests:
            answer = self._ask(milestone, exercises, {}, only_collect=True)
            if answer.get("exit") != 0:
                why = answer.get("problem") or f"ended with exit code {answer.get('exit')}"
                raise KataError(f"The tests of {milestone.id} cannot be collected: pytest {why}.")
            self._manifests[key] = answer["sent"]["ids"]
        return self._manifests[key]

    def close(self) -> None:
        self._worker.kill()
        for pipe in (self._worker.stdin, self._worker.stdout):
            with suppress(BrokenPipeError):  # half a request may be left in it
                if pipe:
                    pipe.close()
        self._worker.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        kept = {name: value for name, value in os.environ.items() if name in KEPT}
        worker = Path(__file__).with_name("worker.py")
        return subprocess.Popen(
            [sys.executable, "-I", "-B", str(worker), *self._imports],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**kept, "OMP_NUM_THREADS": "1", "PYTHONIOENCODING": "utf-8"},
            start_new_session=True,
        )

    def _ask(
        self,
        milestone: Milestone,
        exercises: Sequence[str],
        sources: dict[str, bytes],
        only_collect: bool = False,
    ) -> dict[str, Any]:
        with sandbox(sources) as copy:
            request = {
                "root": str(copy.root),
                "milestone": milestone.id,
                "tests": [relative(milestone.test_file(e)) for e in exercises],
                "only_collect": only_collect,
                **asdict(self.limits),
            }
            answer = self._answer(request)
            if copy.changed():
                return {"problem": "changed the tests or the engine in its copy, and was refused"}
            return answer

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        worker = self._worker
        most = self.limits.seconds + GRACE
        watchdog = threading.Timer(most, worker.kill)
        watchdog.start()
        try:
            assert worker.stdin
            assert worker.stdout
            worker.stdin.write(json.dumps(request).encode() + b"\n")
            worker.stdin.flush()
            return json.loads(worker.stdout.readline())
        except (OSError, ValueError):  # the worker is gone, half-way through a line or not
            self.close()
            self._worker = self._start()
            if watchdog.finished.is_set():  # not the run's doing
                return {"problem": f"did not end within {most:g} s, nor could it be stopped"}
            return {"problem": "ended the judge's own process"}
        finally:
            watchdog.cancel()


def decide(
    milestone: Milestone,
    chosen: Sequence[str],
    manifest: list[str],
    sent: dict[str, Any],
    code: int,
) -> Result:
    """Green only where everything that was sent is whole and says the same.

    manifest: the test ids there must be for the chosen exercises. sent: `ids`, `exercises` and
    `exit`, from the run; code: what its process ended with.
    """
    exercises = {name: sent["exercises"].get(name, {}) for name in chosen}
    tests = {id: t for found in exercises.values() for id, t in found.get("tests", {}).items()}
    if code not in (0, 1) or sent["exit"] != code:
        return _no_verdict(milestone, f"pytest could not run the tests: exit code {code}.")
    if sent["ids"] != manifest or tests.keys() != set(manifest):
        ran = len(set(manifest).intersection(sent["ids"], tests))
        return _no_verdict(milestone, f"Only {ran} of {len(manifest)} tests ran to their end.")
    found = {name: _judged(one["tests"]) for name, one in exercises.items()}
    states = {one["state"] for one in found.values()}
    if (states == {"green"}) != (code == 0):
        return _no_verdict(milestone, "The report and the exit code disagree.")
    state = next((s for s in ("red", "todo") if s in states), "green")
    return Result(milestone.id, state, found)


def _judged(tests: dict[str, Any]) -> dict[str, Any]:
    """An exercise as the report's format has it; its state is worked out anew."""
    outcomes = {test["outcome"] for test in tests.values()}
    state = "green" if outcomes == {"passed"} else "red"
    state = "todo" if "todo" in outcomes and outcomes <= {"passed", "todo"} else state
    told = {id: {k: _clean(v) for k, v in test.items()} for id, test in tests.items()}
    return {"state": state, "tests": told}


def _clean(said: Any) -> Any:
    return list(map(_printable, said)) if isinstance(said, list) else _printable(str(said))


def _no_verdict(milestone: Milestone, error: str) -> Result:
    return Result(milestone.id, "error", {}, _printable(error))


def _printable(text: str) -> str:
    """Without the characters that command a terminal, and of bounded length."""
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text[:LONGEST])


def main(console: Console, arguments: Sequence[str]) -> int:
    """Judge one milestone, and write the verdict; 0 where it is green."""
    parser = argparse.ArgumentParser("python -m kata judge", description=__doc__)
    parser.add_argument("milestone", choices=[m.id for m in milestones()])
    parser.add_argument("--submission", type=Path, default=ROOT, help="default: this repository")
    parser.add_argument("--out", type=Path, required=True, help="the verdict, as JSON")
    asked = parser.parse_args(arguments)
    asked.out.unlink(missing_ok=True)  # a judge that dies must not leave an older verdict
    with Judge() as judge:
        result = judge.verdict(milestone(asked.milestone), asked.submission.absolute())
    write_atomically(asked.out, json.dumps(result.as_dict(), indent=1) + "\n")
    done = sum(one["state"] == "green" for one in result.exercises.values())
    told = result.error or f"{done}/{len(result.exercises)}"
    console.print(f"{result.milestone}  {result.state}  {told}")
    return 0 if result.state == "green" else 1
