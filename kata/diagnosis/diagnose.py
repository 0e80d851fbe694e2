"""Names the misconception: looks for the seeded bug that gives the learner's own numbers.

Exact: everything comes out the same, in every test that sees a number. Near: one bug, or two, give
the wrong numbers of most failing tests, and of so many digits that chance is out of the question.
Nothing is guessed.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import takewhile

from kata.course.bugs import nearly
from kata.diagnosis.evidence import Evidence
from kata.diagnosis.pairs import pairs, pairs_with
from kata.diagnosis.replay import Case
from kata.diagnosis.weighing import Weights

SECONDS = 3.0  # of CPU time: after that no more bugs, and no more pairs, are tried
TESTS = 3  # failing tests that are searched for a first wrong value which some bug gives
BITS = 7.0  # that must speak for a bug which does not explain everything
MOST = 0.65  # of the failing tests it must explain,
OTHERWISE = 0.15  # and at most so many may fail with it, but otherwise
FEWEST = 3
BOUNDARY = 1  # test may differ, such as that of an empty input


@dataclass(frozen=True)
class Diagnosis:
    """exact: the bugs that explain all, a pair as `m01/a+m01/b`. near: bugs that explain most of
    it, with the failing tests that each explains. part: tests that pass, though they would not
    with the bug of `near`. cut: time was up before all had been tried."""

    exact: list[str] = field(default_factory=list)
    near: dict[str, list[Case]] = field(default_factory=dict)
    part: list[Case] = field(default_factory=list)
    cut: bool = False


def diagnose(bugs: Sequence[str], evidence: Evidence) -> Diagnosis:
    """What these bugs, an exercise's own, say about its failing tests."""
    if not evidence.failing:
        return Diagnosis()
    search = _Search(bugs, evidence)
    found = search.single() or search.near() or search.in_part() or search.pair() or search.two()
    return replace(found or Diagnosis(), cut=search.cut)


class _Search:
    def __init__(self, bugs: Sequence[str], evidence: Evidence) -> None:
        self._deadline = time.process_time() + SECONDS
        self._bugs, self._evidence = bugs, evidence
        self._weights = Weights(evidence, bugs)
        self.cut = False
        candidates = self._candidates(evidence.failing)
        self._explained = {bug: self._tests(bug, evidence.failing) for bug in candidates}

    def _in_time(self, bugs: Iterable[str]) -> Iterator[str]:
        def is_time_left(_: str) -> bool:
            self.cut = time.process_time() > self._deadline
            return not self.cut

        return takewhile(is_time_left, bugs)

    def single(self) -> Diagnosis | None:
        """The bugs that explain everything, each alone; those that give all values, if any do."""
        exact = list(filter(self._evidence.is_all, self._explained))
        exact = exact or list(filter(self._evidence.is_all_but_empty, self._explained))
        most = max((len(self._explained[bug]) for bug in exact), default=0)
        exact = [bug for bug in exact if len(self._explained[bug]) == most]
        return Diagnosis(exact) if exact else None

    def near(self) -> Diagnosis | None:
        """The bug that explains most failing tests, and turns none red; beside another one, if
        the two explain everything."""
        best = self._best(self._explained)
        if not best or not self._is_most(best):
            return None
        left = [test for test in self._evidence.failing if test not in self._explained[best]]
        two = pairs_with(best, left, self._bugs, self._evidence, self._in_time)
        return self._exact_of(two) or Diagnosis(near={best: self._explained[best]})

    def pair(self) -> Diagnosis | None:
        """Two bugs that explain everything together."""
        return self._exact_of(pairs(self._bugs, self._evidence, self._in_time))

    def _exact_of(self, found: Iterable[str]) -> Diagnosis | None:
        for pair in found:
            if self._evidence.is_all(pair) and self._is_enough(pair, self._evidence.failing):
                return Diagnosis([pair])
        return None

    def in_part(self) -> Diagnosis | None:
        """The bug that gives all wrong numbers, but would give more of them."""
        failing = len(self._evidence.failing)
        whole = {bug: tests for bug, tests in self._explained.items() if len(tests) == failing}
        best = self._best(whole, 2 * BITS)
        if not best or failing < 2:
            return None
        return Diagnosis(near={best: whole[best]}, part=self._evidence.turns_red(best))

    def two(self) -> Diagnosis | None:
        """The best for the test on screen, and the best for what it leaves."""
        near: dict[str, list[Case]] = {}
        left = self._evidence.failing
        while left and len(near) < 2:
            found = {bug: self._tests(bug, left) for bug in self._candidates(left)}
            best = self._best(found)
            if not best or len(found[best]) < 2 or not self._evidence.is_harmless(best):
                return None
            near[best] = found[best]
            left = [test for test in left if test not in near[best]]
        return Diagnosis(near=near) if len(near) == 2 and len(left) <= BOUNDARY else None

    def _candidates(self, tests: Sequence[Case]) -> list[str]:
        """The bugs that give a test's first wrong value: of the first test where there are any."""
        for test in tests[:TESTS]:
            first = self._evidence.wrong[test][0]
            bugs = self._bugs if test is tests[0] else self._in_time(self._bugs)
            if found := [bug for bug in bugs if self._evidence.gives(bug, first)]:
                return found
        return []

    def _tests(self, bug: str, among: Sequence[Case]) -> list[Case]:
        return [test for test in among if self._evidence.explains(bug, test)]

    def _best(self, explained: dict[str, list[Case]], bits: float = BITS) -> str | None:
        """The bug that explains more than all of other kinds, if so many bits speak for it."""
        if not explained:
            return None
        most = max(map(len, explained.values()))
        first = [bug for bug, tests in explained.items() if len(tests) == most]
        if len(first) > 1:  # then what else they would change tells
            changes = {bug: len(self._otherwise(bug)) + self._red(bug) for bug in first}
            first = [bug for bug in first if changes[bug] == min(changes.values())]
        if len({tuple(nearly(bug)) for bug in first}) > 1:
            return None
        return first[0] if self._is_enough(first[0], explained[first[0]], bits) else None

    def _is_enough(self, bugs: str, tests: Sequence[Case], bits: float = BITS) -> bool:
        return self._weights.bits(bugs, tests, bits) >= bits

    def _is_most(self, bug: str) -> bool:
        failing, explained = len(self._evidence.failing), len(self._explained[bug])
        if explained == failing:
            return self._red(bug) <= BOUNDARY
        return (
            explained >= max(FEWEST, MOST * failing)
            and len(self._otherwise(bug)) <= OTHERWISE * failing
            and self._red(bug) == 0
        )

    def _otherwise(self, bug: str) -> list[Case]:
        """The failing tests that fail with the bug, too, and in another way."""
        evidence = self._evidence
        left = [test for test in evidence.failing if not evidence.explains(bug, test)]
        return [test for test in left if evidence.fails(bug, test)]

    def _red(self, bug: str) -> int:
        return len(self._evidence.turns_red(bug))
