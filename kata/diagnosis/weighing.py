"""How much a wrong value tells: the weight of evidence, in bits.

A value that few mistakes give tells much, one that many give tells little, and a bare True, 0, NaN
or exception tells nothing. Bugs with the same sentence are one mistake.
"""

import math
from collections.abc import Collection, Iterable

import torch
from torch import Tensor

from kata.course.bugs import find
from kata.diagnosis.evidence import Evidence, Wrong
from kata.diagnosis.replay import Case
from kata.testing.seen import Raised, Seen

MOST = 6.0  # bits of one value
TRIVIAL = {-1.0, 0.0, 1.0, math.inf, -math.inf}


def own_bits(seen: Seen) -> float:
    """What a value can tell at most, by itself."""
    value = seen.value
    if seen.dtype is torch.bool:  # a pattern, as of a mask
        return 3.0 if value.numel() >= 4 and 0 < value.sum() < value.numel() else 0.0
    if isinstance(value, Tensor):
        value = value if seen.wrong is None else value[seen.wrong]
        numbers = {round(number, 6) for number in value.flatten().tolist() if number == number}
        telling = numbers - TRIVIAL
        return min(MOST, 1.0 + 2.0 * len(telling)) if telling else 0.0
    if isinstance(value, Raised | bool | str) or value is None or value in (0, 1):
        return 0.0
    return 2.0 if isinstance(value, int) else 3.0


class Weights:
    """Weighs an exercise's bugs by what they give of the learner's wrong values."""

    def __init__(self, evidence: Evidence, bugs: Collection[str]) -> None:
        self._evidence, self._bugs = evidence, bugs

    def bits(self, bug: str, tests: Iterable[Case], enough: float) -> float:
        """What speaks for the bug in these failing tests; counted until it is enough.

        A test's first wrong value weighs double; one that came before in another test, nothing.
        """
        total = 0.0
        before: list[Seen] = []
        for test in tests:
            for number, wrong in enumerate(self._evidence.wrong[test]):
                if any(wrong.value.same_as(seen) for seen in before):
                    continue
                before.append(wrong.value)
                if self._evidence.gives(bug, wrong):
                    total += self._surprise(wrong) * (2 if number == 0 else 1)
            if total >= enough:
                break
        return total

    def _surprise(self, wrong: Wrong) -> float:
        """How few of the mistakes that the test notices give that value."""
        own = own_bits(wrong.value)
        if not own:
            return 0.0
        noticed = {
            bug.says for bug in map(find, self._bugs) if self._evidence.refuses(bug.id, wrong)
        }
        giving = {bug.says for bug in map(find, self._bugs) if self._evidence.gives(bug.id, wrong)}
        return max(0.0, min(own, math.log2((1 + len(noticed)) / (1 + len(giving)))))
