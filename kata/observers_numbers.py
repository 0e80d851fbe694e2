"""What the wrong numbers are of the right ones: multiples, powers, off by something."""

import ast
import math
from collections.abc import Callable, Iterator
from fractions import Fraction

import torch
from torch import Tensor

from kata.observers import (
    Claim,
    Claims,
    Observer,
    Wrong,
    arguments,
    axis_name,
    broadcast,
    claim,
    distinct,
    fits,
    in_figures,
    is_bool,
    near,
    numbers,
    on_axis,
    same_shape,
    tensors,
)

EXACT = 1e-4  # how near a factor is to the number that it is called
REST = 0.01  # the share of an error that an explanation may leave
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
    if min(abs(factor), abs(factor - 1)) < TELLING or not _explains(factor * right, wrong):
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
        if value > 0 and value != 1:
            yield (name, "", value) if name.isidentifier() else ("n", f"{name} of the call", value)
    for of, tensor in {"": wrong.expected, **dict(tensors(wrong.around))}.items():
        for axis, size in enumerate(tensor.shape if isinstance(tensor, Tensor) else ()):
            if size > 1:
                name = axis_name(axis, tensor.ndim) + (f" of {of}" if of else "")
                yield "n", f"the length of {name}", size


def offset(wrong: Wrong) -> Claims:
    both = numbers(wrong)
    if both is None or distinct(both[0]) < 2:
        return None
    right, got = both
    amount = float((got - right).mean())
    spread = float(right.max() - right.min())
    left = float((got - right - amount).abs().max())
    if not amount or left > 1e-3 * spread or not _explains(right + amount, wrong):
        return []
    way = "large" if amount > 0 else "small"
    return [claim(f"Every number is {in_figures(abs(amount))} too {way}.", distinct(right))]


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
        if own.numel() and _explains(factor * right, wrong):
            says = f"{who} times one factor."
            claims.append(claim(says, _digits(right[free], own), "factor"))
        if _explains(right + amount, wrong):
            says = f"{who} plus one number."
            claims.append(claim(says, _digits(right[free], amount), "amount"))
    return claims if decided else None


def _digits(free: Tensor, by_row: Tensor) -> float:
    """Where all rows are off by the same, it is no matter of rows."""
    return distinct(free) if distinct(by_row) > 1 else 0.0


def _explains(target: Tensor, wrong: Wrong) -> bool:
    """Whether the wrong numbers are these, and what is left of the error is next to nothing."""
    both = numbers(wrong)
    if both is None or not fits(both[1], target, wrong):
        return False
    right, got = both
    return bool((got - target).abs().max() <= REST * (got - right).abs().max())


def function_of_the_right(says: str, function: Callable[[Tensor], Tensor]) -> Observer:
    def observer(wrong: Wrong) -> Claims:
        both = numbers(wrong)
        if both is None:
            return None
        target = function(both[0])
        moved = ~near(both[0], target, wrong)
        if not target.isfinite().all() or not moved.any() or not target.any():
            return None
        return [claim(says, distinct(both[0][moved]))] if _explains(target, wrong) else []

    return observer


FUNCTIONS = (
    function_of_the_right("Every number is the reciprocal of the right one.", torch.reciprocal),
    function_of_the_right("Every number is the square of the right one.", torch.square),
    function_of_the_right("Every number is the square root of the right one.", torch.sqrt),
    function_of_the_right("Every number is the exponential of the right one.", torch.exp),
    function_of_the_right("Every number is the natural logarithm of the right one.", torch.log),
    function_of_the_right("Every number is 1 minus the right one.", lambda x: 1 - x),
    function_of_the_right("Every number is the right one without its sign.", torch.abs),
    function_of_the_right(
        "The negative numbers have become 0; all others are right.", lambda x: x.clamp(min=0)
    ),
    function_of_the_right(
        "The positive numbers have become 0; all others are right.", lambda x: x.clamp(max=0)
    ),
    function_of_the_right("Every number is the right one, rounded.", torch.round),
    function_of_the_right("Every number is the right one, rounded down.", torch.floor),
    function_of_the_right("Every number is the right one without its decimals.", torch.trunc),
)


def signs(wrong: Wrong) -> Claims:
    both = numbers(wrong)
    if both is None:
        return None
    right, got = both
    if not fits(got.abs(), right.abs(), wrong):
        return []
    turned = ~near(got, right, wrong)
    return [
        claim("Only signs are wrong: without them every number is right.", distinct(right[turned]))
    ]


def softmax(wrong: Wrong) -> Claims:
    """A softmax too many, or one that is missing."""
    both = numbers(wrong)
    if both is None:
        return None
    right, got = both
    claims = []
    for axis in range(right.ndim):
        place = f"over {axis_name(axis, right.ndim)}" if right.ndim > 1 else "over all"
        if right.size(axis) == 1:
            continue
        if _explains(torch.softmax(right, axis), wrong):
            says = f"These are the right numbers after one more softmax {place}."
            claims += on_axis(says, distinct(got), "softmax", [axis], right.ndim)
        elif fits(torch.softmax(got, axis), right, wrong):
            says = f"A softmax {place} would make the right numbers of these."
            claims += on_axis(says, distinct(right), "missing softmax", [axis], right.ndim)
    return claims


def cut_off(wrong: Wrong) -> Claims:
    """Numbers beyond a border are moved to it, and all others are right."""
    both = numbers(wrong)
    if both is None or distinct(both[0]) < 3:
        return None
    right, got = both
    moved = ~near(got, right, wrong)
    digits = distinct(right[moved])
    highest, lowest = float(got.max()), float(got.min())
    says = ""
    if (got[moved] == highest).all() and (right[moved] > highest).all():
        says = f"Numbers above {in_figures(highest)} are cut off there; all others are right."
    if (got[moved] == lowest).all() and (right[moved] < lowest).all():
        says = f"Numbers below {in_figures(lowest)} are raised to it; all others are right."
    return [claim(says, digits)] if says else []


def with_another(wrong: Wrong) -> Claims:
    """A tensor of the test makes the right numbers of these, by one operation."""
    both = numbers(wrong)
    if both is None:
        return None
    right, got = both
    claims = []
    for name, value in tensors(wrong.around):
        other = broadcast(value.double(), right.shape) if value.is_floating_point() else None
        if other is None or name == wrong.compared or not other.any():
            continue
        for says, made in (
            (f"Adding {name} gives the right numbers.", got + other),
            (f"Taking {name} away gives the right numbers.", got - other),
            (f"Multiplying by {name} gives the right numbers.", got * other),
        ):
            # Small errors beside a large tensor, or a large one beside a small, would fit anything.
            least = min((got - right).abs().max(), other.abs().max())
            if fits(made, right, wrong) and (made - right).abs().max() <= REST * least:
                known = any(fits(other, sign * part, wrong) for part in both for sign in (1, -1))
                claims.append(claim(says, 0.0 if known else distinct(other)))
    return claims


def all_or_nothing(wrong: Wrong) -> Claims:
    both = numbers(wrong)
    if both is None or not ((both[0] > 1e-3) & (both[0] < 1 - 1e-3)).any():
        return None
    between = both[1][(both[0] > 1e-3) & (both[0] < 1 - 1e-3)]
    if not ((both[1] == 0) | (both[1] == 1)).all() or distinct(both[1]) < 2:
        return []
    return [claim("Every number is 0 or 1; some right ones lie between.", 0.5 * between.numel())]


def all_the_same(wrong: Wrong) -> Claims:
    both = same_shape(wrong)
    if both is None or distinct(both[0]) < 2:
        return None
    right, got = both
    value = got.flatten()[0]
    if not value.isfinite() or not (got == value).all():
        return []
    text = str(bool(value)) if is_bool(wrong) else in_figures(float(value))
    return [
        claim(
            f"Every number is {text}." if not is_bool(wrong) else f"Everything is {text}.",
            right.numel(),
        ),
        claim("All numbers are the same.", right.numel()),
    ]


NUMBERS = (
    all_the_same,
    multiple,
    offset,
    *FUNCTIONS,
    signs,
    cut_off,
    softmax,
    with_another,
    all_or_nothing,
    each_row_alone,
)
