"""What one test saw: the state it ended in, and the values that its checks recorded."""

from dataclasses import dataclass

from kata.course.todo import is_todo, raised_by_learner
from kata.testing import check, leaks
from kata.testing.seen import Seen, exception
from kata.testing.time_limit import TimeIsUp


@dataclass
class Outcome:
    """passed, failed or todo, and what the checks saw."""

    state: str
    seen: list[Seen]
    shapes_broken: bool = False  # a signature was not kept to
    ran_out_of_time: bool = False


def start_afresh() -> None:
    """Put the globals of torch back, and forget what was recorded."""
    leaks.reset()
    check.start_recording()


def outcome(error: BaseException | None) -> Outcome:
    """What the test that just ended saw; an exception counts as a recorded value."""
    seen = check.recorded()
    if error is None:
        return Outcome("passed" if all(one.right for one in seen) else "failed", seen)
    if not isinstance(error, check.Mismatch):
        seen.append(exception(error, raised_by_learner(error)))
    state = "todo" if is_todo(error) else "failed"
    return Outcome(
        state, seen, type(error).__name__ == "TypeCheckError", isinstance(error, TimeIsUp)
    )
