"""Names the misconception: looks for the seeded bug that reproduces the learner's own numbers.

A bug is named only when everything that the exercise's failing tests recorded comes out the
same, and every test that the learner's code passes passes. Nothing is ever guessed.
"""

import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain, takewhile

from kata.bugs import catalogue
from kata.curriculum import Milestone
from kata.evidence import Evidence
from kata.outcomes import Outcome
from kata.pairs import explaining_pair
from kata.replay import Case

SECONDS = 1.5  # after that no more bugs of other exercises, and no more pairs, are tried


def diagnose(
    milestone: Milestone,
    exercise: str,
    suspects: Collection[str],
    cases: Sequence[Case],
    outcomes: Mapping[str, Outcome],
) -> list[str]:
    """The bugs that explain the exercise's outcomes, its own first; a pair as `m01/a+m01/b`.

    suspects: the exercises that may hold the bug. A green one cannot: its tests would have
    caught it. cases: the exercise's tests. outcomes: what the learner's code gave, by test id.
    """
    states = {outcomes[case.id].state for case in cases}
    if "failed" not in states or "todo" in states:
        return []
    deadline = time.monotonic() + SECONDS

    def in_time(bugs: Iterable[str]) -> Iterator[str]:
        return takewhile(lambda _: time.monotonic() <= deadline, bugs)

    evidence = Evidence(cases, outcomes)
    own = [bug.id for bug in catalogue(milestone) if bug.exercise == exercise]
    others = [bug.id for bug in catalogue(milestone) if bug.exercise in {*suspects} - {exercise}]
    singles = [bug for bug in chain(own, in_time(others)) if evidence.explained_by(bug)]
    if singles:
        return singles
    pair = explaining_pair(own, evidence, in_time)
    return [pair] if pair else []
