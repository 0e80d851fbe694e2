"""A verdict that an accident or a lazy cheat cannot turn green: one milestone, on a copy, alone.

Each milestone runs in a process of its own (`worker`) on a copy (`sandbox`). It is green only where
every test of the manifest ran and passed, and the exit code says the same. Out of reach here: code
that patches the checks or pytest inside of its own process.
"""

import argparse
import errno
import json
import os
import secrets
import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console

from kata.course.curriculum import Milestone, milestone, milestones
from kata.errors import KataError
from kata.files import write_atomically
from kata.judging.decision import Result, decide, no_verdict
from kata.judging.sandbox import sandbox, submitted
from kata.paths import ROOT, relative

TRIES = 3  # where the judge's own machine may have been in the way
TICK = 0.5  # seconds
GRACE = 60  # seconds, beyond a run's own, after which the worker itself is given up
HEAVY = ("torch._dynamo", "torch.utils.flop_counter")  # two seconds, in most of the milestones
KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Limits:
    """What one milestone's run may take."""

    seconds: float = 180
    test_seconds: float = 20
    memory_bytes: int = 4 << 30  # beyond what Python and PyTorch take
    file_bytes: int = 64 << 20
    processes: int = 128  # beyond what the user already runs
    submission_seconds: float = 400  # of all milestones' runs; then none is started any more


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
        except KataError as error:
            return no_verdict(milestone, str(error))
        for _ in range(TRIES):
            result = self._verdict(milestone, chosen, sources)
            if not result.again:
                break
        return result

    def _verdict(
        self, milestone: Milestone, chosen: Sequence[str], sources: dict[str, bytes]
    ) -> Result:
        try:
            manifest = self.manifest(milestone, chosen)
            answer = self._ask(milestone, chosen, sources)
        except KataError as error:
            return no_verdict(milestone, str(error), again=True)
        except OSError as error:
            why = f"The judge's own computer was in the way: {error.strerror}."
            return no_verdict(milestone, why, again=True)
        if problem := answer.get("problem"):
            return no_verdict(milestone, f"The run {problem}.", answer.get("again", False))
        try:
            return decide(milestone, chosen, manifest, answer["sent"], answer["exit"])
        except (LookupError, TypeError, AttributeError, ValueError, RecursionError):
            return no_verdict(milestone, "The run's answer is not a verdict.")

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
            self._need_room(copy.root)
            request = {
                "id": secrets.token_hex(8),
                "root": str(copy.root),
                "milestone": milestone.id,
                "tests": [relative(milestone.test_file(e)) for e in exercises],
                "only_collect": only_collect,
                **asdict(self.limits),
            }
            answer = self._answer(request)
            if copy.changed():
                return {"problem": "changed the tests or the engine in its copy, and was refused"}
            if answer.get("exit") != 0:
                self._need_room(copy.root)  # a full disk turns tests red
            return answer

    def _need_room(self, folder: Path) -> None:
        if shutil.disk_usage(folder).free < self.limits.file_bytes:
            raise OSError(errno.ENOSPC, "its disk is full")

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        worker, over, why = self._worker, threading.Event(), []
        watchdog = threading.Thread(target=self._watch, args=(worker, over, why))
        watchdog.start()
        try:
            assert worker.stdin
            assert worker.stdout
            worker.stdin.write(json.dumps(request).encode() + b"\n")
            worker.stdin.flush()
            answer = json.loads(worker.stdout.readline())
            if answer.pop("id") == request["id"]:
                return answer
            why.append("wrote where only the judge's own process writes")
        except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
            pass  # the worker is gone, or what it answered is not its answer
        finally:
            over.set()
            watchdog.join()
        self.close()  # whatever else it may still answer is not read
        self._worker = self._start()
        return {"problem": why[0] if why else "ended the judge's own process", "again": True}

    def _watch(
        self, worker: subprocess.Popen[bytes], over: threading.Event, why: list[str]
    ) -> None:
        """Kill a worker that is stopped, or late by its own fault; say why.

        Ticks are counted: the clock goes on where this process is stopped itself.
        """
        most = self.limits.seconds + GRACE
        for _ in range(int(most / TICK)):
            if over.wait(TICK):
                return
            if _is_stopped(worker.pid):
                why.append("stopped the judge's own process")
                break
        else:
            why.append(f"did not end within {most:g} s, nor could it be stopped")
        worker.kill()


def _is_stopped(process: int) -> bool:
    if not hasattr(os, "waitid"):  # Windows, and macOS before Python 3.13
        return False
    with suppress(ChildProcessError):
        return os.waitid(os.P_PID, process, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
    return False


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
