"""What is true of wrong numbers where no known mistake explains them: said, and not guessed at.

Observers make claims about one wrong value. A claim is told where it holds of the value on screen
and in every failing test that could refute it, and where chance is no explanation.
"""

from collections.abc import Sequence
from itertools import chain, islice

from torch import Tensor

from kata.observers.base import Claims, Observer, Wrong
from kata.observers.factors import FACTORS, FACTORS_BY_ROW
from kata.observers.kinds import KINDS
from kata.observers.numbers import NUMBERS
from kata.observers.places import PLACES
from kata.observers.shapes import SHAPES
from kata.observers.where import WHERE
from kata.observers.whole import ALIKE, AT_LEAST, SUMS

ENOUGH = 3.0  # digits: by chance in one of a thousand runs
MOST = 2
RELATIONS = (*FACTORS, *NUMBERS, *FACTORS_BY_ROW, *SHAPES, *PLACES)


def observed(tests: Sequence[Sequence[Wrong]]) -> list[str]:
    """Sentences that are true of the wrong values, the most telling first, two at most.

    tests: the wrong values of each failing test; the first is the one on screen.
    """
    if not tests or not tests[0]:
        return []
    alike = [values for test in tests if (values := _of_the_kind(test, tests[0][0]))]
    kind, relation = _first_said(KINDS, alike), _first_said(RELATIONS, alike)
    # What relates all numbers to the right ones also tells which are wrong.
    families = (SUMS,) if relation else (ALIKE, WHERE, SUMS)
    said = chain([kind, relation], (_first_said(family, alike) for family in families))
    told = list(islice(filter(None, said), MOST)) or [_first_said(AT_LEAST, alike)]
    return list(filter(None, told))


def _of_the_kind(test: Sequence[Wrong], first: Wrong) -> list[Wrong]:
    """Gradients tell nothing of values, nor values of gradients."""
    return [wrong for wrong in test if (".grad" in wrong.compared) == (".grad" in first.compared)]


def _first_said(family: Sequence[Observer], tests: Sequence[Sequence[Wrong]]) -> str:
    return next((says for observer in family if (says := _said(observer, tests))), "")


def _said(observer: Observer, tests: Sequence[Sequence[Wrong]]) -> str:
    """The first claim about the value on screen that all other tests bear out."""
    first = tests[0][0]
    standing = [(claim, {_print_of(first): claim.digits}) for claim in observer(first) or ()]
    for test in tests[1:]:
        wrong, claims = _decided(observer, test) if standing else (first, None)
        if claims is not None:
            digits = {claim.kind: claim.digits for claim in claims}
            standing = [
                (claim, known | {_print_of(wrong): digits[claim.kind]})
                for claim, known in standing
                if claim.kind in digits
            ]
    return next((claim.says for claim, known in standing if sum(known.values()) >= ENOUGH), "")


def _decided(observer: Observer, test: Sequence[Wrong]) -> tuple[Wrong, Claims]:
    """What it claims of the first value of the test on which it can decide."""
    found = ((wrong, observer(wrong)) for wrong in test)
    return next((one for one in found if one[1] is not None), (test[0], None))


def _print_of(wrong: Wrong) -> object:
    """Equal for tests that compare the same numbers: they bear a claim out only once."""
    if isinstance(wrong.expected, Tensor):
        return tuple(wrong.expected.shape), round(float(wrong.expected.double().sum()), 4)
    return repr(wrong.expected)
