"""What a learner's code gave in the tests of an exercise, beside what seeded bugs give in them.

Both come from the same replay of the tests, so that they differ by the mistake alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from kata.course import trees
from kata.diagnosis.replay import Case, Replay, has_run, on_bugs
from kata.diagnosis.witness import testimony
from kata.observers import base
from kata.testing.outcomes import Outcome
from kata.testing.seen import Check, Seen

EXAMPLES = 3  # of a property that fails: more would tell little more


@dataclass(frozen=True)
class Wrong:
    """One wrong value: which check of which test saw it, on which example of a property."""

    test: Case
    example: int
    check: Check | None
    value: Seen


class Evidence:
    """Bugs are named as `m01/a` or, two together, as `m01/a+m01/b`.

    failed: the exercise's tests that failed, the one on screen first. passed: those that passed.
    learners: the tests on the learner's code. They run twice: what differs then is no evidence.
    """

    def __init__(self, failed: Sequence[Case], passed: Sequence[Case], learners: Replay) -> None:
        self.passing = passed
        self._learners, self._once_more = learners, learners.again()
        self._signatures_spoke = False
        self.unsteady: list[Case] = []  # tests that see other values when they run again
        self.wrong = {test: self._wrong_values(test) for test in failed}
        self.failing = [test for test in failed if self.wrong[test]]
        self._red: dict[str, list[Case]] = {}

    def _wrong_values(self, test: Case) -> list[Wrong]:
        found: list[Wrong] = []
        failed = 0
        for example in range(len(self._learners.drawn(test)) or 1):
            outcome = self._learners.sees(test, example)
            if outcome.ran_out_of_time:
                return []
            if outcome.state == "failed":
                found += self._wrong_values_of(test, example, outcome)
                failed += 1
            if failed == EXAMPLES:
                break
        return found

    def _wrong_values_of(self, test: Case, example: int, outcome: Outcome) -> list[Wrong]:
        self._signatures_spoke |= outcome.shapes_broken
        again = by_check(self._once_more.sees(test, example))
        wrong = [(check, value) for check, value in by_check(outcome).items() if not value.right]
        steady = [(c, value) for c, value in wrong if c in again and value.alike(again[c])]
        if len(steady) < len(wrong) and test not in self.unsteady:
            self.unsteady.append(test)
        return [Wrong(test, example, check, value) for check, value in steady]

    def examples(self, test: Case) -> list[tuple[dict[str, Any], bool]]:
        """The arguments of a property, and whether it holds for them; none for another test."""
        drawn = self._learners.drawn(test)
        return [
            (one, self._learners.sees(test, i).state == "passed") for i, one in enumerate(drawn)
        ]

    def refusals(self, test: Case) -> list[base.Wrong]:
        """What the checks of a failing test refused, with what the test held at that moment."""
        found: list[base.Wrong] = []
        one_more = self._learners.again()
        for example in dict.fromkeys(wrong.example for wrong in self.wrong[test]):
            one_more.sees(test, example, lambda refusal: found.append(testimony(refusal)))
        return found

    def gives(self, bugs: str, wrong: Wrong) -> bool:
        """Whether that check saw the same with the bugs as for the learner."""
        theirs = by_check(self._on(bugs).sees(wrong.test, wrong.example))
        return wrong.check in theirs and wrong.value.same_as(theirs[wrong.check])

    def refuses(self, bugs: str, wrong: Wrong) -> bool:
        """Whether that test, on that example, fails with the bugs, too."""
        return self._on(bugs).sees(wrong.test, wrong.example).state == "failed"

    def fails(self, bugs: str, test: Case) -> bool:
        """Whether that test fails with the bugs, too."""
        return not self._on(bugs).passes(test)

    def explains(self, bugs: str, test: Case) -> bool:
        """Whether the bugs give every wrong value of that failing test."""
        return all(self.gives(bugs, wrong) for wrong in self.wrong[test])

    def turns_red(self, bugs: str) -> list[Case]:
        """The tests that fail with the bugs, and pass for the learner."""
        if bugs not in self._red:
            self._red[bugs] = [test for test in self.passing if self.fails(bugs, test)]
        return self._red[bugs]

    def is_harmless(self, bugs: str) -> bool:
        """Whether every test that passes for the learner passes with the bugs."""
        if bugs in self._red:
            return not self._red[bugs]
        return not any(self.fails(bugs, test) for test in self.passing)

    def can_be_planted(self, bugs: str) -> bool:
        """Whether their edits leave each other their places."""
        try:
            trees.search_path(f"bug:{bugs}")
        except ValueError:
            return False
        return True

    def is_all(self, bugs: str) -> bool:
        """Whether everything comes out with the bugs as it did for the learner.

        Up to the first wrong value, from which on a test may go astray in its own way. Of two
        exceptions only the type must agree, but in one failing test nothing differs.
        """
        return self._gives_all(bugs) and self.is_harmless(bugs)

    def is_all_but_empty(self, bugs: str) -> bool:
        """As `is_all`, but for tests that saw no number: a loop passes over its mistake there."""
        return self._gives_all(bugs) and all(map(self._saw_no_number, self.turns_red(bugs)))

    def _gives_all(self, bugs: str) -> bool:
        return all(self._alike(bugs, test) for test in self.failing) and any(
            self.gives(bugs, self.wrong[test][0]) for test in self.failing
        )

    def _saw_no_number(self, test: Case) -> bool:
        examples = range(len(self._learners.drawn(test)) or 1)
        seen = [one for i in examples for one in self._learners.sees(test, i).seen]
        return bool(seen) and all(one.empty for one in seen)

    def _alike(self, bugs: str, test: Case) -> bool:
        for example in {wrong.example: None for wrong in self.wrong[test]}:
            theirs = by_check(self._on(bugs).sees(test, example))
            for check, value in by_check(self._learners.sees(test, example)).items():
                if check not in theirs or not value.alike(theirs[check]):
                    return False
                if not value.right:
                    break
        return True

    def _on(self, bugs: str) -> Replay:
        return on_bugs(bugs, shapes=self._signatures_spoke or has_run(bugs))


def by_check(outcome: Outcome) -> dict[Check | None, Seen]:
    return {seen.check: seen for seen in outcome.seen}
