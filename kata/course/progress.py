"""Remembers each milestone's last states, and whether anything that they rest on has changed."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from kata.course.curriculum import Milestone, milestones
from kata.course.state import FOLDER, Memory
from kata.course.verdict import States, state_of
from kata.files import sources
from kata.paths import ROOT, engine

FILE = FOLDER / "progress.json"


def _fits(entry: Any) -> bool:
    match entry:
        case {"states": dict(states)} if isinstance(entry.get("fingerprint", ""), str):
            return all(state in ("green", "red", "todo") for state in states.values())
    return False


MEMORY = Memory(FILE, _fits, "Your progress starts anew: nox -s progress judges everything again.")


def load() -> States:
    """The last known state of every exercise; todo where none is known."""
    return _states(MEMORY.read())


def is_finished(milestone: Milestone) -> bool:
    """Whether the milestone was green, and is still made of the same code and tests."""
    saved = MEMORY.read()
    all_green = state_of(_states(saved)[milestone.id]) == "green"
    return all_green and saved[milestone.id].get("fingerprint") == _fingerprint(milestone)


def red_before(milestone: Milestone) -> States:
    """The exercises of earlier milestones that were red when they last ran."""
    earlier = {m.id for m in milestone.before}
    known = {id: exercises for id, exercises in load().items() if id in earlier}
    red = {id: {e: s for e, s in known[id].items() if s == "red"} for id in known}
    return {id: exercises for id, exercises in red.items() if exercises}


def save(states: States, prints: dict[str, str]) -> States:
    """Remember these states; returns all states of the milestones that were changed.

    prints: fingerprints(states). A milestone becomes green only by all of its exercises at once.
    """
    kept = {}
    with MEMORY.changed() as saved:
        for id, fingerprint in prints.items():
            known = _states(saved)[id]
            found = known | states[id]
            if state_of(found) != "green" or states[id].keys() == known.keys():
                saved[id] = {"fingerprint": fingerprint, "states": found}
                kept[id] = found
    return kept


def fingerprints(states: States) -> dict[str, str]:
    """What tells, for each milestone in `states`, the code and the tests from any others."""
    return {m.id: _fingerprint(m) for m in milestones() if m.id in states}


def _states(saved: dict[str, Any]) -> States:
    return {
        m.id: {e: saved.get(m.id, {}).get("states", {}).get(e, "todo") for e in m.exercises}
        for m in milestones()
    }


def _fingerprint(milestone: Milestone) -> str:
    digest = hashlib.sha256()
    for file in _rests_on(milestone):
        digest.update(os.fsencode(file.relative_to(ROOT)) + b"\0")
        with suppress(OSError):  # what cannot be read cannot be green, either
            digest.update(file.read_bytes() + b"\0")
    return digest.hexdigest()


def _rests_on(milestone: Milestone) -> Iterator[Path]:
    """Its code and what that needs, its tests, the engine and the curriculum."""
    yield from engine()
    yield from sources(milestone.tests)
    for one in (*milestone.before, milestone):
        yield from sources(ROOT / "milestones" / one.package)
    yield ROOT / "milestones" / "curriculum.toml"
