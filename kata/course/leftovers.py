"""What lies in the learner's rooms and looks like a file, and is none."""

import os

from kata.course.curriculum import milestones
from kata.files import odd
from kata.paths import ROOT, relative


def left_out() -> list[str]:
    """A sentence about each thing in the learner's rooms that looks like a file and is none."""
    rooms = [ROOT / "milestones" / m.package for m in milestones()]
    entries = [e for room in rooms for e in sorted(room.glob("*.py")) if e.name[0] != "."]
    said = [f"{relative(e)} {odd(e)}, so it is left out" for e in entries if odd(e)]
    blocked = [room for room in rooms if os.path.lexists(room) and not room.is_dir()]
    said += [f"{relative(room)} is not a folder" for room in blocked]
    return [f"{sentence}. Move it elsewhere, or delete it." for sentence in said]
