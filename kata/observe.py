"""What is true of wrong numbers where no known mistake explains them: said, and not guessed at.

Observers make claims about one wrong value. A claim is told where it holds of the value on screen
and in every failing test that could refute it, and where chance is no explanation.
"""

from collections.abc import Sequence
from itertools import islice

from torch import Tensor

from kata.observers import Claim, Claims, Observer, Wrong
from kata.observers_kinds import KINDS
from kata.observers_numbers import NUMBERS
from kata.observers_places import PLACES
from kata.observers_where import AT_LEAST, SUMS, WHERE

ENOUGH = 3.0  # digits: by chance in one of a thousand runs
MOST = 2
FAMILIES = (KINDS, NUMBERS, PLACES, WHERE, SUMS)  # each says one sentence at most


def observed(tests: Sequence[Sequence[Wrong]]) -> list[str]:
    """Sentences that are true of the wrong values, the most telling first, two at most.

    tests: the wrong values of each failing test; the first is the one on screen.
    """
    if not tests or not tests[0]:
        return []
    alike = [values for test in tests if (values := _of_the_kind(test, tests[0][0]))]
    said = (_first_said(family, alike) for family in FAMILIES)
    told = list(islice(filter(None, said), MOST))
    return told or list(filter(None, [_first_said(AT_LEAST, alike)]))


def _of_the_kind(test: Sequence[Wrong], first: Wrong) -> list[Wrong]:
    """Gradients tell nothing of values, nor values of gradients."""
    return [wrong for wrong in test if (".grad" in wrong.compared) == (".grad" in first.compared)]


def _first_said(family: Sequence[Observer], tests: Sequence[Sequence[Wrong]]) -> str:
    return next((says for observer in family if (says := _said(observer, tests))), "")


def _said(observer: Observer, tests: Sequence[Sequence[Wrong]]) -> str:
    """What the observer claims of the first test, if all others bear it out."""
    on_screen = observer(tests[0][0])
    if not on_screen:
        return ""
    decided = [(tests[0][0], on_screen)]
    decided += [one for test in tests[1:] if (one := _decided(observer, test))]
    for claim in on_screen:
        if _digits(claim, decided) >= ENOUGH:
            return claim.says
    return ""


def _decided(observer: Observer, test: Sequence[Wrong]) -> tuple[Wrong, list[Claim]] | None:
    """The first value of the test on which the observer can decide."""
    for wrong in test:
        claims: Claims = observer(wrong)
        if claims is not None:
            return wrong, claims
    return None


def _digits(claim: Claim, decided: Sequence[tuple[Wrong, list[Claim]]]) -> float:
    """How far all tests together are from chance; 0 where one refutes the claim."""
    digits = {}
    for wrong, claims in decided:
        same = [other.digits for other in claims if other.kind == claim.kind]
        if not same:
            return 0.0
        digits[_print_of(wrong)] = max(same)
    return sum(digits.values())


def _print_of(wrong: Wrong) -> object:
    """Equal for tests that compare the same numbers: they bear a claim out only once."""
    if isinstance(wrong.expected, Tensor):
        return tuple(wrong.expected.shape), round(float(wrong.expected.double().sum()), 4)
    return repr(wrong.expected)
