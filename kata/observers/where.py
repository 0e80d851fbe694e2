"""Which numbers are wrong, or NaN: those that a mask hides, a triangle, all but the first."""

from collections.abc import Iterator

import torch
from torch import Tensor

from kata.observers.base import (
    Claim,
    Claims,
    Wrong,
    along,
    broadcast,
    by_chance,
    claim,
    fits,
    in_figures,
    is_bool,
    not_finite,
    on_axis,
    same_shape,
    tensors,
)


def _spots(wrong: Wrong) -> tuple[Tensor, str] | None:
    """Where the wrong numbers are, and a word for them; None where all are."""
    both = same_shape(wrong)
    if both is None:
        return None
    right, got = both
    spots = ~torch.isclose(got, right, rtol=wrong.rtol, atol=wrong.atol)
    if spots.all() or not spots.any():
        return None
    return spots, (not_finite(got[spots]) if right[spots].isfinite().all() else "") or "wrong"


def where_a_mask_hides(wrong: Wrong) -> Claims:
    found = _spots(wrong)
    if found is None:
        return None
    spots, bad = found
    claims: list[Claim] = []
    for name, mask in tensors(wrong.around):
        if mask.dtype != torch.bool or mask.ndim == 0 or name == wrong.compared:
            continue
        for place, pattern, hides in _hidden(mask, name, spots):
            if 0 < pattern.sum() < pattern.numel() and torch.equal(place, pattern):
                zone = pattern if pattern.ndim == spots.ndim else pattern[..., None]
                claims.append(claim(f"{hides} {bad}.", _digits(zone.expand_as(spots), spots)))
    return claims


def _hidden(mask: Tensor, name: str, spots: Tensor) -> Iterator[tuple[Tensor, Tensor, str]]:
    """What a mask may tell apart: places, those that it picks out, and how that reads."""
    numbers = broadcast(mask, spots.shape)
    if numbers is not None:
        yield spots, ~numbers, f"Exactly the numbers where {name} is False are"
        yield spots, numbers, f"Exactly the numbers where {name} is True are"
    if spots.ndim < 2:
        return
    rows = spots.any(-1)
    if mask.shape == rows.shape:
        yield rows, ~mask, f"Exactly the rows where {name} is False are"
        yield rows, mask, f"Exactly the rows where {name} is True are"
    hidden = broadcast(~mask.any(-1), rows.shape)
    if hidden is not None:
        yield rows, hidden, f"Exactly the rows in which {name} is False everywhere are"


def where_an_input_is(wrong: Wrong) -> Claims:
    """The wrong numbers stand where another tensor's are negative, small or large."""
    found = _spots(wrong)
    if found is None or not isinstance(wrong.expected, Tensor) or is_bool(wrong):
        return None
    spots, bad = found
    digits = by_chance(int(spots.sum()), int(spots.sum()), spots.numel())
    claims: list[Claim] = []
    for name, value in [("the right one", wrong.expected), *tensors(wrong.around)]:
        if not isinstance(value, Tensor) or value.shape != spots.shape or name == wrong.compared:
            continue
        if not value.is_floating_point() or not value.isfinite().all():
            continue
        ways = list(_signs(value, spots))
        if not fits(value.double(), wrong.expected.double(), wrong):
            # Where the right numbers are large an error is felt first: that says nothing.
            ways += _sizes(value.double(), spots)
        for kind, way in ways:
            says = f"Exactly the numbers where {name} is {way} are {bad}."
            claims.append(claim(says, digits, f"{name} {kind}"))
    return claims


def _signs(value: Tensor, spots: Tensor) -> Iterator[tuple[str, str]]:
    if value.min() < 0 < value.max():
        for kind, part in (("positive", value > 0), ("negative", value < 0)):
            if torch.equal(part, spots):
                yield kind, kind
    if torch.equal(value == 0, spots):
        yield "0", "0"


def _sizes(value: Tensor, spots: Tensor) -> Iterator[tuple[str, str]]:
    for kind, size, word in (("large", value, ""), ("far", value.abs(), " in absolute value")):
        low, high = float(size[spots].min()), float(size[~spots].max())
        if low > high:
            yield kind, f"{_border(low, high)} or more{word}"
    low, high = float(value[~spots].min()), float(value[spots].max())
    if low > high:
        yield "small", f"less than {_border(low, high)}"


def _border(low: float, high: float) -> str:
    """The shortest number that is above one and not above the other."""
    texts = (f"{low:.{digits}g}" for digits in range(1, 18))
    return next((text for text in texts if high < float(text) <= low), repr(low))


def one_value(wrong: Wrong) -> Claims:
    """The wrong numbers are all 0 (-inf, False, ...), or all should be."""
    found, both = _spots(wrong), same_shape(wrong)
    if found is None or both is None:
        return None
    spots = found[0]
    uniform = bool((both[1] == both[1].flatten()[0]).all())  # the right ones among them, too
    right, got = (part[spots] for part in both)
    digits = (0.3 if is_bool(wrong) else 1.0) * right.numel()
    claims = []
    what = "entry" if is_bool(wrong) else "number"
    for part, says in ((got, f"Every wrong {what} is"), (right, f"Every wrong {what} should be")):
        if (part == part[0]).all() and not (part is got and uniform):
            value = bool(part[0]) if is_bool(wrong) else in_figures(float(part[0]))
            claims.append(claim(f"{says} {value}.", digits))
    return claims


def part_of_a_square(wrong: Wrong) -> Claims:
    """Above, below or on the diagonal of the last two axes."""
    found = _spots(wrong)
    if found is None or found[0].ndim < 2 or found[0].size(-1) != found[0].size(-2):
        return None
    spots, bad = found
    if spots.size(-1) < 3:
        return None
    ones = torch.ones_like(spots)
    diagonal = ones.tril() & ones.triu()
    what = "entries" if is_bool(wrong) else "numbers"
    return [
        claim(f"Only {what} {where} the diagonal are {bad}.", _digits(zone, spots), where)
        for where, zone in (
            ("on", diagonal),
            ("above", ones.triu(1)),
            ("below", ones.tril(-1)),
            ("on and above", ones.triu()),
            ("on and below", ones.tril()),
            ("off", ~diagonal),
        )
        if not (spots & ~zone).any()
    ]


def _digits(zone: Tensor, spots: Tensor) -> float:
    return by_chance(int(zone.sum()), int(spots.sum()), spots.numel())


def rows(wrong: Wrong) -> Claims:
    """Along an axis only the first, all but the first, or everything from one place on is wrong."""
    found = _spots(wrong)
    if found is None:
        return None
    spots, bad = found
    claims: list[Claim] = []
    decided = False
    for axis in range(spots.ndim):
        apart = spots.movedim(axis, 0).reshape(spots.size(axis), -1)
        if len(apart) > 1:
            decided = True
            for kind, says, digits in _patterns(apart, along(axis, spots.ndim), bad):
                claims += on_axis(says, digits, kind, [axis], spots.ndim)
    if spots.ndim > 2 and len(apart := spots.flatten(0, -3).flatten(1)) > 1:
        place = along(0, 3) if spots.ndim == 3 else " along the leading axes taken together"
        claims += [
            claim(says, d, f"{kind} leading") for kind, says, d in _patterns(apart, place, bad)
        ]
    return claims if decided else None


def _patterns(apart: Tensor, place: str, bad: str) -> Iterator[tuple[str, str, float]]:
    """Ways to tell which of the rows have wrong numbers; how one reads, and its digits."""
    hit = apart.any(1)
    if hit.all():
        return
    digits = _digits(hit[:, None].expand_as(apart), apart)
    rows, size = hit.tolist(), len(apart)
    first, last = rows.index(True), size - 1 - rows[::-1].index(True)
    whole = all(rows[first : last + 1])
    has = "is wrong" if bad == "wrong" else f"has {bad}"
    if whole and last == size - 1:
        says = f"All is right before [{first}]{place}; from there on it {has}."
        if first == 1:
            says = f"Only the first{place} is right."
            yield "all but the first", says, digits
        if first == size - 1:
            says = f"Only the last{place} {has}."
            yield "the last", says, digits
        yield "later ones", says, digits
    if whole and first == 0:
        says = f"All is right from [{last + 1}] on{place}; what stands before {has}."
        if last == size - 2:
            says = f"Only the last{place} is right."
            yield "all but the last", says, digits
        if last == 0:
            says = f"Only the first{place} {has}."
            yield "the first", says, digits
        yield "earlier ones", says, digits
    if size > 3 and 0 < first == last < size - 1:
        yield "one", f"Only [{first}]{place} {has}.", digits


WHERE = (
    where_a_mask_hides,
    part_of_a_square,
    where_an_input_is,
    rows,
    one_value,
)
