"""Names the misconception: looks for the seeded bug that reproduces the learner's own numbers.

A bug is named only when everything that the exercise's failing tests recorded comes out the
same, and every test that the learner's code passes passes. Nothing is ever guessed.
"""

import time
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from kata import trees
from kata.bugs import catalogue
from kata.curriculum import Milestone
from kata.outcomes import Outcome
from kata.replay import Case, Replay, has_run, on_bugs

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
    deadline = time.monotonic() + SECONDS
    states = {outcomes[case.id].state for case in cases}
    if "failed" not in states or "todo" in states:
        return []
    bugs = [bug for bug in catalogue(milestone) if bug.exercise in {exercise, *suspects}]
    bugs.sort(key=lambda bug: bug.exercise != exercise)
    failing_first = sorted(cases, key=lambda case: outcomes[case.id].state == "passed")
    noticed = []
    singles = []
    for bug in bugs:
        if bug.exercise != exercise and time.monotonic() > deadline:
            break
        attempt = _attempt(bug.id, failing_first, outcomes)
        noticed += [bug.id] * attempt.noticed
        singles += [bug.id] * attempt.explains
    if singles:
        return singles
    own = [bug.id for bug in bugs if bug.exercise == exercise]
    pairs = ("+".join(sorted({one, other})) for one in noticed for other in own if one != other)
    for pair in dict.fromkeys(pairs):
        if time.monotonic() > deadline:
            break
        if _attempt(pair, failing_first, outcomes).explains:
            return [pair]
    return []


class _Attempt(NamedTuple):
    noticed: bool  # the first failing test fails with the bug, too
    explains: bool  # everything comes out as it did for the learner


def _attempt(bugs: str, cases: Sequence[Case], outcomes: Mapping[str, Outcome]) -> _Attempt:
    """Try the bugs fast, without enforced signatures; what explains all must do so with them."""
    signatures_spoke = any(outcome.shapes_broken for outcome in outcomes.values())
    if not (signatures_spoke or has_run(bugs)):
        fast = _compare(on_bugs(bugs, shapes=False), cases, outcomes)
        if not fast.explains:
            return fast
    return _compare(on_bugs(bugs), cases, outcomes)


def _compare(replay: Replay, cases: Sequence[Case], outcomes: Mapping[str, Outcome]) -> _Attempt:
    noticed = evidence = False
    try:
        trees.search_path(replay.tree)
    except ValueError:  # the edits of a pair can be in each other's way
        return _Attempt(False, False)
    with replay.running() as run:
        for number, case in enumerate(cases):
            learners = outcomes[case.id]
            theirs = run(case, learners.example)
            noticed = noticed or (number == 0 and theirs.state == "failed")
            if theirs.state != learners.state:
                return _Attempt(noticed, False)
            if learners.state == "failed":
                if not theirs.alike(learners):
                    return _Attempt(noticed, False)
                evidence = evidence or theirs.same_as(learners)
    return _Attempt(noticed, evidence)
