"""Remembers each milestone's last states, and whether anything that they rest on has changed."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

from kata.curriculum import ROOT, Milestone, milestones
from kata.files import write_atomically
from kata.verdict import States

FILE = ROOT / ".kata" / "progress.json"


def load() -> States:
    """The last known state of every exercise; todo where none is known."""
    saved = _read()
    return {
        m.id: {e: saved.get(m.id, {}).get("states", {}).get(e, "todo") for e in m.exercises}
        for m in milestones()
    }


def is_finished(milestone: Milestone) -> bool:
    """Whether the milestone was green, and is still made of the same code and tests."""
    saved = _read().get(milestone.id, {})
    all_green = set(load()[milestone.id].values()) == {"green"}
    return all_green and saved.get("fingerprint") == _fingerprint(milestone)


def red_before(milestone: Milestone) -> States:
    """The exercises of earlier milestones that were red when they last ran."""
    earlier = {m.id for m in milestones()[: milestones().index(milestone)]}
    known = {id: exercises for id, exercises in load().items() if id in earlier}
    red = {id: {e: s for e, s in known[id].items() if s == "red"} for id in known}
    return {id: exercises for id, exercises in red.items() if exercises}


def save(states: States) -> None:
    """Remember the states of the milestones in `states`."""
    saved = _read()
    for milestone in milestones():
        if milestone.id in states:
            entry = {"fingerprint": _fingerprint(milestone), "states": states[milestone.id]}
            saved[milestone.id] = entry
    FILE.parent.mkdir(exist_ok=True)
    write_atomically(FILE, json.dumps(saved, indent=1) + "\n")


def _read() -> dict:
    try:
        return json.loads(FILE.read_text("utf-8"))
    except (OSError, ValueError):  # none yet, or not readable: then nothing is known
        return {}


def _fingerprint(milestone: Milestone) -> str:
    digest = hashlib.sha256()
    for file in sorted(_rests_on(milestone)):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def _rests_on(milestone: Milestone) -> Iterator[Path]:
    """Its code and all earlier code, its tests, the engine and the curriculum."""
    rooms = [ROOT / "milestones" / m.package for m in milestones()]
    earlier = rooms[: milestones().index(milestone) + 1]
    for folder in (ROOT / "kata", milestone.tests, *earlier):
        yield from folder.rglob("*.py")
    yield ROOT / "milestones" / "curriculum.toml"
