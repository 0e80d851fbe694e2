"""Earlier milestones from the reference, so that a learner can start anywhere. Never counted."""

import sys
from collections.abc import Sequence

from rich.console import Console

from kata.course import progress, reference, stubs
from kata.course.curriculum import Milestone, milestones
from kata.course.verdict import Verdict
from kata.paths import ROOT


def tree(borrowed: Sequence[str]) -> str:
    """The tree in which these milestones are the reference's and all others the learner's."""
    return f"borrow:{'+'.join(borrowed)}" if borrowed else "milestones"


def unfinished(of: Sequence[Milestone]) -> list[str]:
    return [m.id for m in of if not progress.is_finished(m)]


def said(borrowed: Sequence[str], of: Milestone) -> str:
    """What a learner is told where a milestone was judged with what is lent."""
    ids = ", ".join(borrowed)
    return f"Borrowed from the reference: {ids}. So {of.id} is not ticked in CHECKLIST.md."


def work_at_hand() -> Milestone:
    """The milestone in which the learner wrote last, or the one after it in its track where that
    is finished; the first one where there is nothing yet."""
    there = [file for file in stubs.generated() if file.is_file()]
    work = {f: f.stat().st_mtime for f in there if stubs.has_work(f)}
    own = {f: time for f, time in work.items() if not f.name.startswith("__")}
    if not own:
        return milestones()[0]
    package = max(own, key=own.__getitem__).parent
    last = next(m for m in milestones() if ROOT / "milestones" / m.package == package)
    track = [m for m in milestones() if m.track == last.track]
    return next((m for m in track[track.index(last) :] if not progress.is_finished(m)), last)


def agreed(milestone: Milestone, verdict: Verdict, console: Console) -> bool:
    """Where a part of an earlier milestone is missing: ask whether to borrow it."""
    lent = unfinished(milestone.before)
    earlier = {e for m in milestone.before if m.id in lent for e in m.exercises}
    tests = [t for found in verdict[milestone.id].values() for t in found.tests.values()]
    missing = {test.failure.waits_for for test in tests if test.failure} & earlier
    if not missing or not sys.stdin.isatty() or not reference.exists():
        return False
    missed = ", ".join(lent)
    question = f" Borrow what is missing of {missed} from the reference, for this run? [y/N] "
    return console.input(question, markup=False).strip().lower() in ("y", "yes")
