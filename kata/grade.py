"""Judges many submissions, in parallel, and goes on where it was stopped.

Of a submission only the .py files of its milestones are read: never its git configuration, hooks
or noxfile. Every verdict is written to a journal as soon as it is known. A milestone whose files
are still the stubs, byte for byte, is todo without a run.
"""

import argparse
import hashlib
import json
import os
import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kata import gradebook
from kata.curriculum import Milestone, milestones
from kata.decision import VERSION, Result
from kata.errors import KataError
from kata.judge import Judge, Limits
from kata.sandbox import pristine, submitted
from kata.submissions import Submission, commit, find, untouched

COLUMNS = (
    TextColumn("{task.description}"),
    BarColumn(30),
    MofNCompleteColumn(),
    TextColumn("milestones"),
    TimeRemainingColumn(),
)


class Journal:
    """Verdicts by what they rest on, a line each, so that a stop at any moment costs none."""

    def __init__(self, file: Path) -> None:
        file.parent.mkdir(parents=True, exist_ok=True)
        self.known = dict(_entries(file))
        self._file = open(file, "ab")  # noqa: SIM115, open as long as the journal is
        self._lock = threading.Lock()

    def add(self, key: str, result: Result) -> None:
        line = json.dumps({"key": key, "result": asdict(result)}).encode()
        with self._lock:
            self._file.write(b"\n" + line)  # a line that was cut off by a kill stays alone
            self._file.flush()
            os.fsync(self._file.fileno())
            self.known[key] = result

    def close(self) -> None:
        self._file.close()


def _entries(file: Path) -> Iterator[tuple[str, Result]]:
    lines = file.read_bytes().splitlines() if file.exists() else []
    for line in lines:
        try:
            entry = json.loads(line)
            yield entry["key"], Result(**entry["result"])
        except (ValueError, KeyError, TypeError):
            continue  # cut off: it is judged again


def key(submission: Path, milestone: Milestone) -> str:
    """Says whether a verdict is known: its files, the tests, the engine and the limits.

    Raises KataError where there is nothing to judge.
    """
    digest = hashlib.sha256(f"{VERSION} {milestone.id} {Limits()}".encode())
    for path, content in (submitted(submission, milestone) | pristine()).items():
        digest.update(f"\0{path}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()


def grade(submissions: Sequence[Submission], journal: Journal, console: Console) -> None:
    """Fill in every verdict; a worker on each core judges what the journal does not know."""
    tasks: queue.SimpleQueue[tuple[Submission, Milestone]] = queue.SimpleQueue()
    for submission in submissions:
        for milestone in milestones():
            tasks.put((submission, milestone))
    stop = threading.Event()
    failures: list[BaseException] = []
    with Progress(*COLUMNS, console=console, disable=not console.is_interactive) as bar:
        done = bar.add_task("Judging", total=tasks.qsize())

        def work() -> None:
            try:
                _judge_all(tasks, journal, stop, lambda name: bar.update(done, description=name))
            except BaseException as error:
                failures.append(error)
                stop.set()

        workers = [threading.Thread(target=work) for _ in range(os.cpu_count() or 1)]
        for worker in workers:
            worker.start()
        try:
            while any(worker.is_alive() for worker in workers):
                stop.wait(0.2)
                count = sum(len(submission.verdicts) for submission in submissions)
                bar.update(done, completed=count)
        finally:
            stop.set()
            for worker in workers:
                worker.join()
    if failures:
        raise failures[0]


def _judge_all(tasks: Any, journal: Journal, stop: threading.Event, tell: Any) -> None:
    """Judge until no task is left. The worker starts with the first that needs it."""
    judge: Judge | None = None
    try:
        while not stop.is_set():
            try:
                submission, milestone = tasks.get_nowait()
            except queue.Empty:
                return
            tell(f"{submission.name} {milestone.id}")
            try:
                known = key(submission.folder, milestone)
                result = journal.known.get(known)
                if result is None and untouched(submission.folder, milestone):
                    todo = {name: {"state": "todo", "tests": {}} for name in milestone.exercises}
                    result = Result(milestone.id, "todo", todo)
                elif result is None:
                    judge = judge or Judge(many=True)
                    result = judge.verdict(milestone, submission.folder)
                    journal.add(known, result)
            except (KataError, OSError) as error:
                result = Result(milestone.id, "error", {}, str(error))
            submission.verdicts[milestone.id] = result
    finally:
        if judge:
            judge.close()


def main(console: Console, arguments: Sequence[str]) -> int:
    """Judge the submissions and write the results, whatever they are; 2 where there are none."""
    parser = argparse.ArgumentParser("nox -s grade --", description="Judge submissions.")
    parser.add_argument(
        "folders",
        nargs="+",
        type=Path,
        metavar="DIR",
        help="a submission (a clone, or a folder with milestones/), or a folder of submissions",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("grades"), help="where results go (default: %(default)s)"
    )
    asked = parser.parse_args(arguments)
    try:
        submissions = find(asked.folders)
    except KataError as error:
        console.print(str(error))
        return 2
    journal = Journal(asked.out / "journal.jsonl")
    try:
        grade(submissions, journal, console)
    except KeyboardInterrupt:
        console.print(" Stopped. The same command goes on from here.")
        return 130
    finally:
        journal.close()
    rows = [gradebook.Row(s.name, commit(s.folder), s.verdicts) for s in submissions]
    gradebook.write(rows, asked.out)
    gradebook.show(rows, console)
    console.print(f" Results: {asked.out}/  (grades.csv, gradescope/, classroom50/)\n")
    return 0
