"""Judges many submissions, in parallel, and goes on where it was stopped.

Of a submission only the .py files of its milestones are read: never its git configuration, hooks
or noxfile. Every verdict is written to a journal as soon as it is known. A milestone whose files
are still the stubs, byte for byte, is todo without a run.
"""

import argparse
import hashlib
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from kata.course.curriculum import Milestone, milestones
from kata.errors import KataError
from kata.judging import gradebook
from kata.judging.decision import VERSION, Result, no_verdict
from kata.judging.journal import Journal
from kata.judging.judge import Judge, Limits
from kata.judging.sandbox import pristine, submitted
from kata.judging.submissions import Submission, commit, find, packed, untouched

COLUMNS = (
    TextColumn("{task.description}", markup=False),
    BarColumn(30),
    MofNCompleteColumn(),
    TextColumn("milestones"),
    TimeRemainingColumn(),
)


def key(submission: Path, milestone: Milestone) -> str:
    """Says whether a verdict is known: its files, the tests, the engine and the limits.

    Raises KataError where there is nothing to judge.
    """
    digest = hashlib.sha256(f"{VERSION} {milestone.id} {Limits()}".encode())
    for path, content in (submitted(submission, milestone) | pristine()).items():
        digest.update(os.fsencode(f"\0{path}\0{len(content)}\0") + content)
    return digest.hexdigest()


def grade(submissions: Sequence[Submission], journal: Journal, console: Console) -> None:
    """Fill in every verdict; a worker on each core judges what the journal does not know.

    A submission is one worker's, from its first milestone to its last: so what its time is spent
    on does not depend on the number of cores.
    """
    tasks: queue.SimpleQueue[Submission] = queue.SimpleQueue()
    for submission in submissions:
        tasks.put(submission)
    total = len(submissions) * len(milestones())
    stop = threading.Event()
    failures: list[BaseException] = []
    with Progress(*COLUMNS, console=console, disable=not console.is_interactive) as bar:
        done = bar.add_task("Judging", total=total)

        def work() -> None:
            try:
                with _Worker(journal, stop, lambda name: bar.update(done, description=name)) as one:
                    one.judge_all(tasks)
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


class _Worker:
    """Judges one submission after the other. Its judge starts with the first that needs it."""

    def __init__(
        self, journal: Journal, stop: threading.Event, tell: Callable[[str], None]
    ) -> None:
        self.journal, self.stop, self.tell = journal, stop, tell
        self._judge: Judge | None = None

    def __enter__(self) -> "_Worker":
        return self

    def __exit__(self, *_: object) -> None:
        if self._judge:
            self._judge.close()

    def judge_all(self, tasks: "queue.SimpleQueue[Submission]") -> None:
        with suppress(queue.Empty):
            while not self.stop.is_set():
                self._judge_one(tasks.get_nowait())

    def _judge_one(self, submission: Submission) -> None:
        used = 0.0
        for milestone in milestones():
            if self.stop.is_set():
                return
            self.tell(f"{submission.name} {milestone.id}")
            seconds = 0.0
            try:
                result, seconds = self._verdict(submission, milestone, used)
            except KataError as error:
                result = no_verdict(milestone, str(error))
            except Exception as error:  # nothing that is handed in may cost the others their table
                said = f"The judge failed at it: {type(error).__name__}: {error}"
                result = no_verdict(milestone, said, again=True)
            used += seconds
            submission.verdicts[milestone.id] = result

    def _verdict(
        self, submission: Submission, milestone: Milestone, used: float
    ) -> tuple[Result, float]:
        """used: the seconds that the milestones before it took."""
        known = key(submission.folder, milestone)
        if known in self.journal.known:
            return self.journal.known[known], self.journal.seconds[known]
        if untouched(submission.folder, milestone):
            todo = {name: {"state": "todo", "tests": {}} for name in milestone.exercises}
            return Result(milestone.id, "todo", todo), 0
        most = Limits().submission_seconds
        if used > most:
            said = f"Not run: the milestones before it had used up the submission's {most:g} s."
            return no_verdict(milestone, said), 0
        began = time.monotonic()
        self._judge = self._judge or Judge(many=True)
        result = self._judge.verdict(milestone, submission.folder)
        seconds = time.monotonic() - began
        if not result.again:
            self.journal.add(known, result, seconds)
        return result, seconds


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
        journal = Journal(asked.out / "journal.jsonl")
    except KataError as error:
        console.print(str(error))
        return 2
    except OSError as error:
        console.print(f"The results cannot be written to {asked.out}: {error.strerror}.")
        return 2
    try:
        grade(submissions, journal, console)
    except KeyboardInterrupt:
        console.print(" Stopped. The same command goes on from here.")
        return 130
    finally:
        journal.close()
    return _write(submissions, journal, asked, console)


def _write(
    submissions: Sequence[Submission], journal: Journal, asked: argparse.Namespace, console: Console
) -> int:
    """The table on the screen, and the files; 1 where not all of them could be written."""
    rows = [gradebook.Row(s.name, commit(s.folder), s.verdicts) for s in submissions]
    gradebook.show(rows, console)
    if archives := packed(asked.folders):
        console.print(f" Not unpacked, and so not judged: {', '.join(archives)}.\n")
    if any(result.again for s in submissions for result in s.verdicts.values()):
        console.print(
            " Where the judge's own computer was in the way the same command tries again.\n"
        )
    try:
        gradebook.write(rows, asked.out)
    except OSError as error:
        journal.problem = error.strerror or str(error)
    if journal.problem:
        console.print(f" Not all results could be written to {asked.out}: {journal.problem}.")
        console.print(" Make room, and run the same command again.\n")
        return 1
    console.print(f" Results: {asked.out}/  (grades.csv, gradescope/, classroom50/)\n")
    return 0
