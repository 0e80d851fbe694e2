"""Milestones and exercises, in order, from milestones/curriculum.toml."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from kata.paths import ROOT


@dataclass(frozen=True)
class Milestone:
    id: str
    package: str
    title: str
    exercises: tuple[str, ...]
    forbidden: tuple[str, ...] = ()
    sections: dict[str, str] = field(default_factory=dict, compare=False)  # exercise -> anchor

    @property
    def tests(self) -> Path:
        return ROOT / "tests" / self.package

    def test_file(self, exercise: str) -> Path:
        return self.tests / f"test_{exercise}.py"

    def lesson(self, section: str = "") -> str:
        """Where the lesson stands, or the section of it that has this anchor."""
        anchor = f"#{section}" if section else ""
        return f"milestones/{self.package}/README.md{anchor}"


@cache
def milestones() -> tuple[Milestone, ...]:
    entries = tomllib.loads((ROOT / "milestones/curriculum.toml").read_text("utf-8"))["milestone"]
    return tuple(
        Milestone(
            entry["id"],
            entry["package"],
            entry["title"],
            tuple(entry["exercises"]),
            tuple(entry.get("forbidden", ())),
            entry.get("sections", {}),
        )
        for entry in entries
    )


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
