"""What one test saw: the state it ended in, and the values that its checks recorded."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kata import check, leaks
from kata.failure import is_todo, raised_by_learner


@dataclass
class Outcome:
    """passed, failed or todo; what the checks saw; the arguments of a failing property."""

    state: str
    seen: list[check.Seen]
    example: dict[str, Any] | None = None
    shapes_broken: bool = False  # a signature was not kept to

    def same_as(self, other: "Outcome") -> bool:
        """Whether both saw the same, value for value."""
        return self._agrees(other, check.Seen.same_as)

    def alike(self, other: "Outcome") -> bool:
        """Whether both saw the same, but for the words of exceptions."""
        return self._agrees(other, check.Seen.alike)

    def _agrees(self, other: "Outcome", agree: Callable[[check.Seen, check.Seen], bool]) -> bool:
        return len(self.seen) == len(other.seen) and all(map(agree, self.seen, other.seen))


def start_afresh() -> None:
    """Put the globals of torch back, and forget what was recorded."""
    leaks.reset()
    check.start_recording()


def outcome(error: BaseException | None, example: dict[str, Any] | None = None) -> Outcome:
    """What the test that just ended saw; an exception counts as a recorded value."""
    seen = check.recorded()
    if error is None:
        return Outcome("passed", seen)
    if not isinstance(error, check.Mismatch):
        seen.append(check.exception(error, raised_by_learner(error)))
    state = "todo" if is_todo(error) else "failed"
    return Outcome(state, seen, example or None, type(error).__name__ == "TypeCheckError")
