"""Ticks the boxes of CHECKLIST.md and PLAN.md; a line without an exercise's id is left alone."""

import re
from pathlib import Path

from kata.course import progress
from kata.course.state import alone
from kata.course.verdict import States, state_of
from kata.files import refuse_odd, write_atomically
from kata.paths import ROOT

CHECKLIST = ROOT / "CHECKLIST.md"
PLAN = ROOT / "PLAN.md"  # of who has made one: nox -s plan
BOX = re.compile(r"^(\s*[-*] \[)[ xX](\] .*?`([\w/]+)`)")


def keep(states: States) -> None:
    """Remember the states and tick their boxes, in one step: no other run comes between."""
    prints = progress.fingerprints(states)  # first: it reads all the code
    with alone():
        tick(progress.save(states, prints))


def tick(states: States, *files: Path) -> bool:
    """Make the boxes of these milestones and their exercises say whether they are green.

    A box is a line like "- [ ] `m01/relu` ..." or "- [ ] `m01` ...". files: checklist and plan
    where none is given. Returns whether one changed; a missing file is left missing.
    """
    there = [file for file in files or (CHECKLIST, PLAN) if file.exists()]
    refuse_odd(there)
    changed = [_tick(states, file) for file in there]
    return any(changed)


def _tick(states: States, file: Path) -> bool:
    with alone():
        before = file.read_bytes().decode("utf-8", "surrogateescape")
        after = ticked(before, states)
        if after != before:
            write_atomically(file, after)
    return after != before


def ticked(text: str, states: States) -> str:
    """The text with its boxes made to say whether they are green."""
    green = _green(states)
    return "".join(_ticked(line, green) for line in text.splitlines(keepends=True))


def _green(states: States) -> dict[str, bool]:
    boxes = {id: state_of(exercises) == "green" for id, exercises in states.items()}
    for id, exercises in states.items():
        boxes.update({f"{id}/{name}": state == "green" for name, state in exercises.items()})
    return boxes


def _ticked(line: str, green: dict[str, bool]) -> str:
    box = BOX.match(line)
    if not box or box[3] not in green:
        return line
    return f"{box[1]}{'x' if green[box[3]] else ' '}{line[box.start(2) :]}"
