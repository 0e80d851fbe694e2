"""Which two bugs may explain together what neither explains alone."""

from collections.abc import Callable, Iterable, Iterator, Sequence

from kata.diagnosis.evidence import Evidence
from kata.diagnosis.replay import Case

InTime = Callable[[Iterable[str]], Iterator[str]]  # passes bugs on until time is up


def pairs(bugs: Sequence[str], evidence: Evidence, in_time: InTime) -> Iterator[str]:
    """Two of the bugs at a time, as `m01/a+m01/b`, the likeliest first, until time is up.

    A test that fails because of one alone shows what that one gives alone. So the first failing
    test tells one of the two; or both have a part in it, and another test tells one of them. Two
    that hide each other from a test are not looked for: neither may turn a green test red.
    """
    tried = set()
    for two in _likely(bugs, evidence, in_time):
        pair = "+".join(sorted(two))
        if pair not in tried and _can_be(two, evidence):
            yield pair
        tried.add(pair)


def pairs_with(
    one: str, left: Sequence[Case], bugs: Sequence[str], evidence: Evidence, in_time: InTime
) -> Iterator[str]:
    """That bug with each that explains the first of the failing tests which it leaves."""
    for other in in_time(bugs) if left else ():
        two = sorted((one, other))
        if evidence.explains(other, left[0]) and _can_be(two, evidence):
            yield "+".join(two)


def _can_be(two: Sequence[str], evidence: Evidence) -> bool:
    return all(map(evidence.is_harmless, two)) and evidence.can_be_planted("+".join(sorted(two)))


def _likely(bugs: Sequence[str], evidence: Evidence, in_time: InTime) -> Iterator[tuple[str, str]]:
    first, *more = evidence.failing
    told = [bug for bug in in_time(bugs) if evidence.explains(bug, first)]
    yield from _completed(told, bugs, evidence, in_time)
    parts = [bug for bug in in_time(bugs) if evidence.fails(bug, first)]
    for test in more:
        ones = (bug for bug in in_time(parts) if evidence.explains(bug, test))
        yield from _completed(ones, parts, evidence, in_time)
    for others in (parts, bugs):
        yield from ((one, other) for one in parts for other in in_time(others) if one != other)


def _completed(
    ones: Iterable[str], others: Sequence[str], evidence: Evidence, in_time: InTime
) -> Iterator[tuple[str, str]]:
    """Each with those others that explain the first test which it leaves unexplained."""
    for one in ones:
        left = next((test for test in evidence.failing if not evidence.explains(one, test)), None)
        if left and evidence.is_harmless(one):
            yield from ((one, o) for o in in_time(others) if evidence.explains(o, left))
