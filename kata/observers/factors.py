"""The wrong numbers are multiples of the right ones: all of one factor, or each row of its own."""

import ast
import math
from collections.abc import Callable, Iterator
from fractions import Fraction

import torch
from torch import Tensor

from kata.observers.base import (
    Claim,
    Claims,
    Wrong,
    arguments,
    axis_name,
    claim,
    distinct,
    explains,
    numbers,
    tensors,
)

EXACT = 1e-4  # how near a factor is to the number that it is called
TELLING = 1e-3  # nearer to 1 than this a factor is no more than an inaccuracy


def _well_known() -> Iterator[tuple[float, str]]:
    """Factors that have a name."""
    fractions = {Fraction(a, b) for a in range(1, 10) for b in range(1, 10)}
    fractions |= {Fraction(n) for n in range(10, 65)} | {Fraction(1, n) for n in range(10, 65)}
    for fraction in sorted(fractions - {Fraction(1)}):
        yield float(fraction), str(fraction)
    for n in range(2, 65):
        if math.isqrt(n) ** 2 != n:
            yield math.sqrt(n), f"√{n}"
            yield 1 / math.sqrt(n), f"1/√{n}"
    yield from ((math.log(2), "ln 2"), (1 / math.log(2), "1/ln 2"))


WELL_KNOWN = tuple(_well_known())


_VALUES = torch.tensor([value for value, _ in WELL_KNOWN], dtype=torch.float64)


OF_A_NUMBER: tuple[tuple[str, Callable[[float], float]], ...] = (
    ("{}", lambda n: n),
    ("1/{}", lambda n: 1 / n),
    ("√{}", math.sqrt),
    ("1/√{}", lambda n: 1 / math.sqrt(n)),
    ("{}²", lambda n: n * n),
    ("1/{}²", lambda n: 1 / (n * n)),
    ("(1 - {})", lambda n: 1 - n),
    ("1/(1 - {})", lambda n: 1 / (1 - n)),
)


def multiple(wrong: Wrong) -> Claims:
    both = numbers(wrong)
    if both is None or not both[0].any():
        return None
    right, got = both
    factor = float((right * got).sum() / right.square().sum())
    if min(abs(factor), abs(factor - 1)) < TELLING or not explains(factor * right, wrong):
        return []
    digits = distinct(right[right != 0]) + _known_by_itself(factor, right)
    who = "Every number is" if right.numel() > 1 else "The number is"
    named = f"{_in_words(factor)} times the right one"
    if named.startswith("-1 "):
        named = "the right one with its sign turned"
    return [
        claim(f"{who} {named}.", digits, f"{factor:.3g} times"),
        *(
            claim(f"{who} {name} times the right one{where}.", digits, f"{name} times{where}")
            for name, where, value in _named_factors(wrong)
            if math.isclose(factor, value, rel_tol=EXACT)
        ),
    ]


def _known_by_itself(factor: float, right: Tensor) -> float:
    """Digits of the factor alone: a small whole one, or one part, of a number that is not whole."""
    whole = max(abs(factor), 1 / abs(factor))
    plain = abs(whole - round(whole)) < EXACT * whole and whole < 9.5
    return 2.0 if plain and not (right == right.round()).all() else 0.0


def _in_words(factor: float) -> str:
    off, place = ((_VALUES - abs(factor)).abs() / abs(factor)).min(0)
    sign = "-" if factor < 0 else ""
    if off < EXACT:
        return sign + WELL_KNOWN[int(place)][1]
    return f"{sign}1" if abs(factor + 1) < EXACT else f"about {factor:.4g}"


def _named_factors(wrong: Wrong) -> Iterator[tuple[str, str, float]]:
    """Functions of what the test knows: how one reads, what its letter is, and its value."""
    for letter, what, value in _known_numbers(wrong):
        where = f", where {letter} is {what}" if what else ""
        for form, function in OF_A_NUMBER:
            yield form.format(letter), where, function(value)


def _known_numbers(wrong: Wrong) -> Iterator[tuple[str, str, float]]:
    """Numbers among the test's variables and in the call, and lengths of axes."""
    known = {name: value for name, value in wrong.around.items() if type(value) in (int, float)}
    known |= {
        name: part.value
        for name, part in arguments(wrong)
        if isinstance(part, ast.Constant) and type(part.value) in (int, float)
    }
    for name, value in known.items():
        if 0 < value < 10**9 and value != 1:
            yield (name, "", value) if name.isidentifier() else ("n", f"{name} of the call", value)
    for of, tensor in {"": wrong.expected, **dict(tensors(wrong.around))}.items():
        for axis, size in enumerate(tensor.shape if isinstance(tensor, Tensor) else ()):
            if size > 1:
                name = axis_name(axis, tensor.ndim) + (f" of {of}" if of else "")
                yield "n", f"the length of {name}", size


def each_row_alone(wrong: Wrong) -> Claims:
    """Along an axis all numbers are off by one amount or by one factor, which differs by row."""
    both = numbers(wrong)
    if both is None:
        return None
    right, got = both
    claims: list[Claim] = []
    decided = False
    for axis in reversed(range(right.ndim)):
        free = (right - right.narrow(axis, 0, 1)).abs() > 1e-4 * right.abs().max()
        if not free.any():
            continue
        decided = True
        who = "These are the right numbers"
        if right.ndim > 1:
            who = f"Each row along {axis_name(axis, right.ndim)} is the right row"
        size = right.square().sum(axis, keepdim=True)
        factor = ((right * got).sum(axis, keepdim=True) / size).nan_to_num()
        amount = (got - right).mean(axis, keepdim=True)
        own = factor[(factor.abs() > TELLING) & ((factor - 1).abs() > TELLING)]  # neither 0 nor 1
        if own.numel() and explains(factor * right, wrong):
            says = f"{who} times one factor."
            claims.append(claim(says, _digits(right[free], own), "factor"))
        if explains(right + amount, wrong):
            says = f"{who} plus one number."
            claims.append(claim(says, _digits(right[free], amount), "amount"))
    return claims if decided else None


def _digits(free: Tensor, by_row: Tensor) -> float:
    """Where all rows are off by the same, it is no matter of rows."""
    return distinct(free) if distinct(by_row) > 1 else 0.0


FACTORS = (multiple,)
FACTORS_BY_ROW = (each_row_alone,)
