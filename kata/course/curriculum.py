"""Milestones, exercises and tracks, in order, from milestones/curriculum.toml."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from kata.paths import ROOT

CORE = "core"


@dataclass(frozen=True)
class Milestone:
    """needs: the ids of what its code imports. run_needs: of what its run imports besides."""

    id: str
    package: str
    title: str
    exercises: tuple[str, ...]
    forbidden: tuple[str, ...] = ()
    track: str = CORE
    needs: tuple[str, ...] = ()
    run_needs: tuple[str, ...] = ()
    sections: dict[str, str] = field(default_factory=dict, compare=False)  # exercise -> anchor

    @property
    def before(self) -> tuple["Milestone", ...]:
        """What its code imports, and what that imports, in the curriculum's order."""
        return _all_that(self.needs)

    @property
    def before_run(self) -> tuple["Milestone", ...]:
        """The same of its run."""
        return _all_that((*self.needs, *self.run_needs))

    @property
    def tests(self) -> Path:
        return ROOT / "tests" / self.package

    def test_file(self, exercise: str) -> Path:
        return self.tests / f"test_{exercise}.py"

    def lesson(self, section: str = "") -> str:
        """Where the lesson stands, or the section of it that has this anchor."""
        anchor = f"#{section}" if section else ""
        return f"milestones/{self.package}/README.md{anchor}"


@dataclass(frozen=True)
class Track:
    """A group of milestones beyond the core. title: it in one line."""

    id: str
    title: str

    @property
    def milestones(self) -> tuple[Milestone, ...]:
        return tuple(m for m in milestones() if m.track == self.id)


@cache
def _curriculum() -> dict[str, Any]:
    return tomllib.loads((ROOT / "milestones/curriculum.toml").read_text("utf-8"))


@cache
def milestones() -> tuple[Milestone, ...]:
    """The core's, each of which needs those before it, and then the tracks'."""
    entries = _curriculum()["milestone"]
    core = [entry["id"] for entry in entries if entry.get("track", CORE) == CORE]
    return tuple(
        Milestone(
            entry["id"],
            entry["package"],
            entry["title"],
            tuple(entry["exercises"]),
            tuple(entry.get("forbidden", ())),
            entry.get("track", CORE),
            tuple(entry["needs"] if "track" in entry else core[: core.index(entry["id"])]),
            tuple(entry.get("run_needs", ())),
            entry.get("sections", {}),
        )
        for entry in entries
    )


def core() -> tuple[Milestone, ...]:
    return tuple(m for m in milestones() if m.track == CORE)


def tracks() -> tuple[Track, ...]:
    return tuple(Track(**entry) for entry in _curriculum().get("track", ()))


@cache
def _all_that(needed: tuple[str, ...]) -> tuple[Milestone, ...]:
    found = {*needed, *(m.id for id in needed for m in milestone(id).before)}
    return tuple(m for m in milestones() if m.id in found)


def milestone(id: str) -> Milestone:
    """The milestone of that id. Raises ValueError that lists the ids there are."""
    for candidate in milestones():
        if candidate.id == id:
            return candidate
    raise ValueError(f"no milestone {id!r}; there are {', '.join(m.id for m in milestones())}")


def exercise_of(test_file: Path) -> tuple[Milestone, str] | None:
    """The exercise that a test file specifies; None for any other file."""
    for candidate in milestones():
        if test_file.parent == candidate.tests:
            return candidate, test_file.stem.removeprefix("test_")
    return None


def place_of(test_file: Path) -> tuple[int, int]:
    """Sorts milestone tests in the order of the curriculum, and all others after them."""
    found = exercise_of(test_file)
    if not found or found[1] not in found[0].exercises:
        return len(milestones()), 0
    return milestones().index(found[0]), found[0].exercises.index(found[1])
