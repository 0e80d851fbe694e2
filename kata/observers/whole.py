"""What is true of all wrong numbers together: they are the same, too large, sum to something."""

import torch
from torch import Tensor

from kata.observers.base import (
    Claim,
    Claims,
    Wrong,
    along,
    axis_name,
    claim,
    distinct,
    in_figures,
    is_bool,
    not_finite,
    numbers,
    same_shape,
)


def all_the_same(wrong: Wrong) -> Claims:
    both = same_shape(wrong)
    if both is None or distinct(both[0]) < 2:
        return None
    right, got = both
    value = got.flatten()[0]
    if not value.isfinite() or not (got == value).all():
        return []
    says = f"Every number is {in_figures(float(value))}."
    if is_bool(wrong):
        says = f"Everything is {bool(value)}."
    return [claim(says, right.numel()), claim("All numbers are the same.", right.numel())]


def everything_not_finite(wrong: Wrong) -> Claims:
    both = same_shape(wrong)
    if both is None or both[1].numel() < 2 or not both[0].isfinite().all():
        return None
    kind = not_finite(both[1])
    return [claim(f"Every number is {kind}.", both[1].numel() + 1.0)] if kind else []


def direction(wrong: Wrong) -> Claims:
    """All wrong numbers are wrong in the same way: too large, or too near to 0."""
    both = numbers(wrong)
    if both is None or not isinstance(wrong.expected, Tensor):
        return None
    spots = ~torch.isclose(both[1], both[0], rtol=wrong.rtol, atol=wrong.atol)
    right, got = (part[spots] for part in both)
    if not right.numel() or not wrong.expected.is_floating_point():
        return None  # of ids none is larger than another
    digits = 0.3 * right.numel()
    beyond = got.sign() == right.sign()
    ways = (
        ("too large", (got > right).all()),
        ("too small", (got < right).all()),
        ("of the right sign but too far from 0", (beyond & (got.abs() > right.abs())).all()),
        ("of the right sign but too near to 0", (beyond & (got.abs() < right.abs())).all()),
    )
    return [claim(f"Every wrong number is {way}.", digits) for way, holds in ways if holds]


def sums(wrong: Wrong) -> Claims:
    """The right numbers sum to 1 along an axis, and these do not."""
    both = numbers(wrong)
    if both is None or both[0].ndim == 0 or (both[0] < 0).any():
        return None
    right, got = both
    if not ((right > 1e-3) & (right < 1 - 1e-3)).any():
        return None
    due = [a for a in range(right.ndim) if right.size(a) > 1 and _is_one(right.sum(a))]
    if len(due) != 1:
        return None
    axis, ndim = due[0], right.ndim
    if _is_one(got.sum(axis)):
        return []
    digits = 3.0
    theirs = f"the right ones sum to 1{along(axis, ndim)}"
    claims: list[Claim] = []
    others = [a for a in range(ndim) if a != axis and got.size(a) > 1 and _is_one(got.sum(a))]
    for other in others:
        says = f"The numbers sum to 1 along {axis_name(other, ndim)}; {theirs}."
        claims.append(claim(says, digits, "sum to 1 along another"))
    if ndim > 1 and _is_one(got.sum()):
        claims.append(claim(f"All numbers together sum to 1; {theirs}.", digits, "together"))
    total = got.sum(axis).flatten()
    if (total - total[0]).abs().max() <= 1e-4 * total[0].abs() and total.numel() > 1:
        amount = in_figures(float(total[0]))
        says = f"The numbers sum to {amount}{along(axis, ndim)}; {theirs}."
        claims.append(claim(says, digits, f"sum to {amount}"))
    where = along(axis, ndim)
    claims.append(
        claim(f"These do not sum to 1{where}, but the right ones do.", digits, "not to 1")
    )
    return claims


def _is_one(total: Tensor) -> bool:
    return bool((total - 1).abs().max() < 1e-4)


ALIKE = (all_the_same, everything_not_finite)
SUMS = (sums,)
AT_LEAST = (direction,)
