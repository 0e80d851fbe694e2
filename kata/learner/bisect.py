"""nox -s bisect -- m05: is it this milestone, or one of those before it?"""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from kata.course import lending, reference
from kata.course.curriculum import Milestone, milestone, milestones
from kata.paths import relative


def main(console: Console, arguments: Sequence[str]) -> int:
    """Run its tests with each earlier milestone in turn from the reference."""
    later = [m.id for m in milestones() if m.before]
    if len(arguments) != 1 or arguments[0] not in later:
        console.print(f"Which milestone is red? nox -s bisect -- {'|'.join(later)}")
        return 2
    chosen = milestone(arguments[0])
    reference.location()  # before the long work
    before = [m.id for m in chosen.before]
    with console.status("Running your own code"):
        red = _red_tests(chosen, [])
    if not red:
        console.print(f"{chosen.id} is green: there is nothing to look for.")
        return 0
    console.print(f" {len(red)} tests of {chosen.id} fail. With one milestone from the reference:")
    guilty = []
    for id in before:
        with console.status(f"{id} from the reference"):
            left = _red_tests(chosen, [id])
        console.print(f"   {id}  {len(left)} fail")
        guilty += [id] if len(left) < len(red) else []
    if len(before) > 1:
        with console.status("All of them from the reference"):
            left = _red_tests(chosen, before)
        console.print(f"   all  {len(left)} fail")
    console.print(f"\n {_conclusion(chosen, guilty, len(left) < len(red), bool(left))}\n")
    return 1


def _conclusion(chosen: Milestone, guilty: Sequence[str], helps: bool, rest: bool) -> str:
    own = f" {chosen.id} has faults of its own, too: nox -s {chosen.id} -- --borrow"
    if guilty:
        parts = " and ".join(guilty)
        where = ", ".join(f"nox -s {id}" for id in guilty)
        return f"The fault is in your {parts}: {where}.{own if rest else ''}"
    if helps:
        return f"It takes faults in several earlier milestones together.{own if rest else ''}"
    return f"No earlier milestone is at fault: look in {chosen.id} itself."


def _red_tests(chosen: Milestone, borrowed: Sequence[str]) -> set[str]:
    """The tests of the milestone that do not pass."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pytest", "-q", f"--report={report}"]
        command += [f"--tree={lending.tree(borrowed)}", relative(chosen.tests)]
        ended = subprocess.run(command, capture_output=True, encoding="utf-8", env=os.environ)
        if not report.exists():
            raise RuntimeError(f"pytest could not run the tests:\n{ended.stdout}{ended.stderr}")
        exercises = json.loads(report.read_text("utf-8"))["milestones"][chosen.id]["exercises"]
    return {
        id
        for exercise in exercises.values()
        for id, test in exercise["tests"].items()
        if test["outcome"] != "passed"
    }
