"""The right numbers in another shape, too many or too few of them, or one row in place of all."""

from torch import Tensor

from kata.observers.base import (
    Claim,
    Claims,
    Wrong,
    along,
    axis_name,
    claim,
    distinct,
    fits,
    on_axis,
    pair,
    same_shape,
    surprise,
)


def other_shape(wrong: Wrong) -> Claims:
    both = pair(wrong)
    if both is None or both[0].shape == both[1].shape:
        return None
    right, got = both
    if not fits(got.flatten(), right.flatten(), wrong):
        return []
    digits = 2.0 + surprise(right, wrong)
    if got.squeeze().shape == right.squeeze().shape and got.ndim != right.ndim:
        what = "too many" if got.ndim > right.ndim else "missing"
        number = "number is" if right.numel() == 1 else "numbers are"
        axes = (
            "an axis of length 1 is" if abs(got.ndim - right.ndim) == 1 else "axes of length 1 are"
        )
        says = f"The {number} right, but {axes} {what}."
        return [claim(says, digits, what)]
    says = "These are the right numbers in the right order, but in another shape."
    return [claim(says, digits)]


def too_many_or_too_few(wrong: Wrong) -> Claims:
    """The right numbers are the beginning or the end of these, or these of the right ones."""
    both = pair(wrong)
    if both is None or both[0].ndim != both[1].ndim:
        return None
    right, got = both
    unequal = [a for a in range(right.ndim) if right.size(a) != got.size(a)]
    if len(unequal) != 1:
        return None
    axis = unequal[0]
    few, many = sorted(both, key=Tensor.numel)
    length, extra = few.size(axis), many.size(axis) - few.size(axis)
    place = along(axis, right.ndim)
    digits = 1.0 + surprise(few, wrong)
    claims: list[Claim] = []
    for start, end, side in ((0, "last", "after"), (extra, "first", "before")):
        if fits(few, many.narrow(axis, start, length), wrong):
            which, verb = (f"the {end}", "is") if extra == 1 else (f"the {end} {extra}", "are")
            says = f"The numbers are right, but {which}{place} {verb} missing."
            if got is many:
                says = f"The right numbers are here, with {extra} more {side} them{place}."
            claims += on_axis(says, digits, f"{side} {got is many}", [axis], right.ndim)
    return claims


REDUCTIONS = (
    ("summed", lambda x, axis: x.sum(axis)),
    ("averaged", lambda x, axis: x.mean(axis)),
)


def reduced(wrong: Wrong) -> Claims:
    """Summed or averaged over an axis once too often, or not at all."""
    both = pair(wrong)
    if both is None or both[0].numel() == both[1].numel():
        return None
    got = both[1]
    large = max(both, key=Tensor.numel)
    claims: list[Claim] = []
    for word, reduce in REDUCTIONS:
        for axis in [a for a in range(large.ndim) if large.size(a) > 1]:
            made = reduce(large, axis)
            over = f"over {axis_name(axis, large.ndim)}" if large.ndim > 1 else "into one"
            claims += _reduction(made, f"{word} {over}", wrong, large is got)
        if large.ndim > 1:
            claims += _reduction(
                reduce(large.flatten(), 0), f"{word} into one", wrong, large is got
            )
    return claims


def _reduction(made: Tensor, done: str, wrong: Wrong, missing: bool) -> list[Claim]:
    both = pair(wrong)
    assert both is not None
    small = min(both, key=Tensor.numel)
    if made.numel() != small.numel() or not fits(made.flatten(), small.flatten(), wrong):
        return []
    says = f"These are the right numbers {done}."
    if missing:
        says = f"{done.capitalize()}, these are the right numbers."
    return [claim(says, surprise(small, wrong))]


def repeated(wrong: Wrong) -> Claims:
    """One row of the right ones stands in all rows, or the same wrong one does."""
    both = same_shape(wrong)
    if both is None:
        return None
    right, got = both
    claims: list[Claim] = []
    decided = False
    for axis in range(right.ndim):
        if right.size(axis) == 1:
            continue
        decided = True
        first = got.narrow(axis, 0, 1)
        if not fits(got.narrow(axis, 1, 1), first, wrong) or distinct(got) < 2:
            continue
        if not _all_are(got, first, wrong) or _all_are(right, right.narrow(axis, 0, 1), wrong):
            continue
        place = along(axis, right.ndim)
        digits = surprise(first, wrong)
        for which, index in (("first", 0), ("last", -1)):
            if fits(first.select(axis, 0), right.select(axis, index), wrong):
                says = f"The right numbers of the {which} place{place} stand in all places."
                claims += on_axis(says, digits, which, [axis], right.ndim)
        says = f"Everything is the same{place}, where the right numbers differ."
        claims += on_axis(says, digits, "same", [axis], right.ndim)
    return claims if decided else None


def _all_are(values: Tensor, row: Tensor, wrong: Wrong) -> bool:
    return fits(values, row.expand_as(values), wrong)


SHAPES = (other_shape, repeated, too_many_or_too_few, reduced)
