"""What the wrong numbers are of the right ones: multiples, powers, off by something."""

from collections.abc import Callable

import torch
from torch import Tensor

from kata.observers.base import (
    REST,
    Claims,
    Observer,
    Wrong,
    axis_name,
    broadcast,
    claim,
    distinct,
    explains,
    fits,
    in_figures,
    near,
    numbers,
    on_axis,
    tensors,
)


def offset(wrong: Wrong) -> Claims:
    both = numbers(wrong)
    if both is None or distinct(both[0]) < 2:
        return None
    right, got = both
    amount = float((got - right).mean())
    spread = float(right.max() - right.min())
    left = float((got - right - amount).abs().max())
    if not amount or left > 1e-3 * spread or not explains(right + amount, wrong):
        return []
    way = "large" if amount > 0 else "small"
    return [claim(f"Every number is {in_figures(abs(amount))} too {way}.", distinct(right))]


def function_of_the_right(
    says: str, function: Callable[[Tensor], Tensor], worth: float = 1
) -> Observer:
    """worth: the digits that each number speaks for it."""

    def observer(wrong: Wrong) -> Claims:
        both = numbers(wrong)
        if both is None:
            return None
        target = function(both[0])
        moved = ~near(both[0], target, wrong)
        if not target.isfinite().all() or not moved.any() or not target.any():
            return None
        return [claim(says, worth * distinct(both[0][moved]))] if explains(target, wrong) else []

    return observer


WHOLE = 0.3  # a whole number nearby is soon met by chance: 1 where 1.25 is right
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
    function_of_the_right("Every number is the right one, rounded.", torch.round, WHOLE),
    function_of_the_right("Every number is the right one, rounded down.", torch.floor, WHOLE),
    function_of_the_right(
        "Every number is the right one without its decimals.", torch.trunc, WHOLE
    ),
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
        if explains(torch.softmax(right, axis), wrong):
            says = f"These are the right numbers after one more softmax {place}."
            claims += on_axis(says, distinct(got), "softmax", [axis], right.ndim)
        elif fits(torch.softmax(got, axis), right, wrong):
            says = f"A softmax {place} would turn these into the right numbers."
            claims += on_axis(says, distinct(right), "missing softmax", [axis], right.ndim)
    return claims


def cut_off(wrong: Wrong) -> Claims:
    """Numbers beyond a border are moved to it, and all others are right."""
    both = numbers(wrong)
    if both is None or distinct(both[0]) < 3:
        return None
    right, got = both
    moved = ~near(got, right, wrong)
    if moved.all() or distinct(got) < 2:
        return []
    digits = distinct(right[moved])
    highest, lowest = float(got.max()), float(got.min())
    border = side = ""
    if (got[moved] == highest).all() and (right[moved] > highest).all():
        border, side = in_figures(highest), "above"
    if (got[moved] == lowest).all() and (right[moved] < lowest).all():
        border, side = in_figures(lowest), "below"
    if not border:
        return []
    says = f"Numbers {side} {border} have become {border}; all others are right."
    return [claim(says, digits)]


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
            (f"Subtracting {name} gives the right numbers.", got - other),
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
    return [
        claim(
            "Every number is 0 or 1, but some of the right ones lie between.", 0.5 * between.numel()
        )
    ]


NUMBERS = (
    offset,
    *FUNCTIONS,
    signs,
    cut_off,
    softmax,
    with_another,
    all_or_nothing,
)
