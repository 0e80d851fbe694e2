"""The verdict on one milestone, and how it is reached from what a judged run has sent."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kata.course.curriculum import Milestone, milestone, milestones
from kata.plain import printable

VERSION = 1
STATES = {"green", "red", "todo"}
LONGEST = 4000  # characters of a test's message


@dataclass(frozen=True)
class Result:
    """The verdict on one milestone; no exercises and an error where none could be had."""

    milestone: str
    state: str  # green, red, todo or error
    exercises: dict[str, Any]
    error: str = ""
    again: bool = False  # the judge's own machine may be to blame: it is worth another try

    def states(self, milestone: Milestone) -> dict[str, str]:
        """Every exercise's state; red where there was no verdict."""
        red = {"state": "red"}
        return {name: self.exercises.get(name, red)["state"] for name in milestone.exercises}

    def is_whole(self) -> bool:
        """Whether a result that was read from a file is one, as far as others rely on it."""
        if self.error or self.milestone not in {m.id for m in milestones()}:
            return isinstance(self.error, str) and bool(self.error) and self.exercises == {}
        tests = [t for found in self.exercises.values() for t in found["tests"].values()]
        return (
            self.exercises.keys() == set(milestone(self.milestone).exercises)
            and {self.state, *(found["state"] for found in self.exercises.values())} <= STATES
            and all(
                isinstance(test[part], str) for test in tests for part in ("outcome", "message")
            )
        )

    @property
    def reason(self) -> str:
        """The error, or the first line of what the first test that did not pass has to say."""
        said = (
            f"{name}: {test['message'].strip()}"
            for name, found in self.exercises.items()
            for test in found["tests"].values()
            if test["outcome"] != "passed"
        )
        return (self.error or next(said, "")).partition("\n")[0]

    def as_dict(self) -> dict[str, Any]:
        """What is written for others: without what only matters while it is judged."""
        left_out = ("again",) if self.error else ("again", "error")
        found = {"version": VERSION, **asdict(self)}
        return {name: value for name, value in found.items() if name not in left_out}


def decide(
    milestone: Milestone,
    chosen: Sequence[str],
    manifest: list[str],
    sent: dict[str, Any],
    code: int,
) -> Result:
    """Green only where everything that was sent is whole and says the same.

    manifest: the test ids there must be for the chosen exercises. sent: `ids`, `exercises` and
    `exit`, from the run; code: what its process ended with.
    """
    exercises = {name: sent["exercises"].get(name, {}) for name in chosen}
    tests = {id: t for found in exercises.values() for id, t in found.get("tests", {}).items()}
    if code not in (0, 1) or sent["exit"] != code:
        return no_verdict(milestone, f"pytest could not run the tests: exit code {code}.")
    if sent["ids"] != manifest or tests.keys() != set(manifest):
        ran = len(set(manifest).intersection(sent["ids"], tests))
        return no_verdict(milestone, f"Only {ran} of {len(manifest)} tests ran to their end.")
    found = {name: _judged(one["tests"]) for name, one in exercises.items()}
    states = {one["state"] for one in found.values()}
    if (states == {"green"}) != (code == 0):
        return no_verdict(milestone, "The report and the exit code disagree.")
    state = next((s for s in ("red", "todo") if s in states), "green")
    return Result(milestone.id, state, found)


def _judged(tests: dict[str, Any]) -> dict[str, Any]:
    """An exercise as the report's format has it; its state is worked out anew."""
    outcomes = {test["outcome"] for test in tests.values()}
    state = "green" if outcomes == {"passed"} else "red"
    state = "todo" if "todo" in outcomes and outcomes <= {"passed", "todo"} else state
    told = {id: {k: _clean(v) for k, v in test.items()} for id, test in tests.items()}
    return {"state": state, "tests": told}


def _clean(said: Any) -> Any:
    return list(map(shown, said)) if isinstance(said, list) else shown(str(said))


def no_verdict(milestone: Milestone, error: str, again: bool = False) -> Result:
    return Result(milestone.id, "error", {}, shown(error), again)


def shown(text: str) -> str:
    """Without the characters that command a terminal, and of bounded length."""
    return printable(text[:LONGEST], keep="\n")
