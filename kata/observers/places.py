"""The right numbers at other places: axes swapped, rows in another order, all one too late."""

from itertools import combinations

import torch
from torch import Tensor

from kata.observers.base import (
    RTOL,
    Claim,
    Claims,
    Wrong,
    along,
    claim,
    distinct,
    fits,
    near,
    on_axis,
    pair,
    same_shape,
    surprise,
)


def swapped_axes(wrong: Wrong) -> Claims:
    both = pair(wrong)
    if both is None or both[0].ndim < 2 or both[0].numel() != both[1].numel():
        return None
    right, got = both
    claims: list[Claim] = []
    long = [axis for axis in range(right.ndim) if right.size(axis) > 1]
    for axes in combinations(long, 2):
        turned = right.transpose(*axes)
        where = f"axes {axes[0]} and {axes[1]}"
        if fits(got, turned, wrong):
            moved = turned[~near(right, turned, wrong)] if right.shape == turned.shape else turned
            says = f"These are the right numbers with {where} swapped."
            claims += on_axis(says, surprise(moved, wrong), "swapped", axes, right.ndim)
        elif right.shape == got.shape and fits(got.flatten(), turned.flatten(), wrong):
            says = f"These are the right numbers, but reshaped where {where} have to be swapped."
            claims += on_axis(says, surprise(right, wrong), "reshaped", axes, right.ndim)
    return claims if len(long) > 1 else None


def parts_not_moved(wrong: Wrong) -> Claims:
    """Two axes were to be swapped and the last two joined, but all was only reshaped."""
    both = same_shape(wrong)
    if both is None or both[0].ndim < 2 or both[0].size(-2) == 1:
        return None
    right, got = both
    width = right.size(-1)
    for parts in range(2, width // 2 + 1):
        if width % parts == 0:
            apart = right.unflatten(-1, (parts, width // parts)).transpose(-2, -3)
            if fits(got.flatten(), apart.flatten(), wrong):
                says = (
                    f"These are the right numbers, but the {parts} parts of the last axis were "
                    "joined by a reshape without a swap of axes before it."
                )
                return [claim(says, surprise(right, wrong), "joined")]
    return []


def other_order(wrong: Wrong) -> Claims:
    """Rows, columns or whole blocks are right, but stand in another order along an axis."""
    both = same_shape(wrong)
    if both is None:
        return None
    claims: list[Claim] = []
    decided = False
    for axis, size in enumerate(both[0].shape):
        theirs, mine = (part.movedim(axis, 0).reshape(size, -1) for part in both)
        order = _order(mine, theirs) if size > 1 else None
        if order is None:
            continue
        decided = True
        if fits(mine, theirs[order], wrong):
            digits = surprise(theirs[order != torch.arange(size)], wrong)
            for kind, says in _orders(order.tolist(), along(axis, both[0].ndim)):
                claims += on_axis(says, digits, kind, [axis], both[0].ndim)
    return claims if decided else None


def _order(mine: Tensor, theirs: Tensor) -> Tensor | None:
    """For each row its likely counterpart; None where rows that are the same have no order."""
    weights = torch.arange(1, mine.size(1) + 1, dtype=torch.float64).sin()
    prints = [part.nan_to_num(7.0, 8.0, 9.0) @ weights for part in (mine, theirs)]
    (_, from_mine), (sorted_theirs, from_theirs) = (one.sort() for one in prints)
    if (sorted_theirs.diff() <= RTOL * sorted_theirs.abs().max()).any():
        return None
    order = torch.empty_like(from_mine)
    order[from_mine] = from_theirs
    return order


def _orders(order: list[int], place: str) -> list[tuple[str, str]]:
    """What the order is called, the most special first."""
    size = len(order)
    found = []
    if order == list(range(size))[::-1]:
        found.append(("reverse", f"These are the right numbers in reverse order{place}."))
    if order == [(i - 1) % size for i in range(size)]:
        says = f"Everything stands one place too late{place}, and the last comes first."
        found.append(("late", says))
    if order == [(i + 1) % size for i in range(size)]:
        says = f"Everything stands one place too early{place}, and the first comes last."
        found.append(("early", says))
    found.append(("order", f"These are the right numbers in another order{place}."))
    return [(kind, found[0][1]) for kind, _ in found] if size == 2 else found


def shifted(wrong: Wrong) -> Claims:
    """One place too early or too late, with something new at the end that became free."""
    both = same_shape(wrong)
    if both is None:
        return None
    right, got = both
    claims: list[Claim] = []
    decided = False
    for axis in range(right.ndim):
        rest = right.size(axis) - 1
        if rest < 2 or fits(right.narrow(axis, 1, rest), right.narrow(axis, 0, rest), wrong):
            continue
        decided = True
        place = along(axis, right.ndim)
        for start, way in ((1, "late"), (0, "early")):
            kept = right.narrow(axis, 1 - start, rest)
            if fits(got.narrow(axis, start, rest), kept, wrong):
                moved = kept[~near(kept, right.narrow(axis, start, rest), wrong)]
                says = f"Everything stands one place too {way}{place}."
                claims += on_axis(says, surprise(moved, wrong), way, [axis], right.ndim)
    return claims if decided else None


def other_places(wrong: Wrong) -> Claims:
    both = pair(wrong)
    if both is None or both[0].numel() != both[1].numel() or distinct(both[0]) < 3:
        return None
    if not isinstance(wrong.expected, Tensor) or not wrong.expected.is_floating_point():
        return None  # whole numbers repeat: another sequence is soon the same in another order
    right, got = (part.flatten().sort().values for part in both)
    says = "These are the right numbers at other places."
    return [claim(says, distinct(right) - 1)] if fits(got, right, wrong) else []


PLACES = (
    swapped_axes,
    parts_not_moved,
    other_order,
    shifted,
    other_places,
)
