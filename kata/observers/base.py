"""What observers share: the value that a check refused, and a sentence that is true of it.

An observer reads one wrong value and returns claims. None: it cannot decide there, because the
value is of another kind or degenerate. An empty list: it can, and nothing of its sort holds.
"""

import ast
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

RTOL, ATOL = 1e-4, 1e-5  # where a check is more lenient, observers are not
REST = 0.01  # the share of an error that an explanation may leave
COARSE = 1e-3  # a check more lenient than this compares what is drawn or rounded: nothing exact


@dataclass(frozen=True)
class Wrong:
    """A value that a check refused.

    compared: the source of what was compared, as the test wrote it. around: the test's local
    variables, without modules. called: the last call into the learner's code, or "". before:
    what earlier checks of the test had expected.
    """

    expected: Any
    got: Any
    rtol: float
    atol: float
    compared: str
    around: Mapping[str, Any]
    called: str
    before: Sequence[Any]


class Claim(NamedTuple):
    """A sentence that is true of a wrong value.

    digits: how unlikely it is by chance, as a power of ten; a number that fits counts for one.
    kind: two wrong values bear each other out where they share it.
    """

    says: str
    digits: float
    kind: str


Claims = list[Claim] | None
Observer = Callable[[Wrong], Claims]


def claim(says: str, digits: float, kind: str = "") -> Claim:
    return Claim(says, digits, kind or says)


def on_axis(says: str, digits: float, kind: str, axes: Sequence[int], ndim: int) -> list[Claim]:
    """A claim about axes: it is borne out where they are the same, counted from either end."""
    counts = (list(axes), [axis - ndim for axis in axes])
    return [Claim(says, digits, f"{kind} {count}") for count in counts]


def axis_name(axis: int, ndim: int) -> str:
    return {0: "the first axis", ndim - 1: "the last axis"}.get(axis, f"axis {axis}")


def along(axis: int, ndim: int) -> str:
    """` along the last axis`; nothing where there is one axis alone."""
    return f" along {axis_name(axis, ndim)}" if ndim > 1 else ""


def in_figures(value: float) -> str:
    """A number in four digits, and whether that is all of it."""
    text = f"{value + 0.0:.4g}"  # never -0
    return text if math.isclose(float(text), value, rel_tol=1e-6) else f"about {text}"


def as_tensor(value: object) -> Tensor | None:
    """A tensor, a number, or a list of numbers as a tensor."""
    if isinstance(value, Tensor):
        return value
    entries = value if isinstance(value, list | tuple) else [value]
    if not entries or any(type(entry) not in (int, float) for entry in entries):
        return None
    if any(abs(entry) > 2**53 for entry in entries if type(entry) is int):
        return None
    whole = all(type(entry) is int for entry in entries)
    return torch.tensor(value, dtype=torch.int64 if whole else torch.float64)


def pair(wrong: Wrong) -> tuple[Tensor, Tensor] | None:
    """The right and the wrong numbers, as float64, where both are of one kind and not empty."""
    right, got = as_tensor(wrong.expected), as_tensor(wrong.got)
    if right is None or got is None or _kind(wrong.expected) is not _kind(wrong.got):
        return None
    if right.dtype != got.dtype or right.is_complex() or 0 in (right.numel(), got.numel()):
        return None
    if max(wrong.rtol, wrong.atol) > COARSE:
        return None
    return right.double(), got.double()


def _kind(value: object) -> type:
    return Tensor if isinstance(value, Tensor) else type(value)


def same_shape(wrong: Wrong) -> tuple[Tensor, Tensor] | None:
    """A pair of which each number has its counterpart."""
    both = pair(wrong)
    return both if both and both[0].shape == both[1].shape else None


def numbers(wrong: Wrong) -> tuple[Tensor, Tensor] | None:
    """A pair of the same shape on which arithmetic is possible."""
    both = same_shape(wrong)
    if both is None or is_bool(wrong) or not (both[0].isfinite() & both[1].isfinite()).all():
        return None
    return both


def is_bool(wrong: Wrong) -> bool:
    return isinstance(wrong.expected, Tensor) and wrong.expected.dtype == torch.bool


def not_finite(values: Tensor) -> str:
    """What all these numbers are that are no numbers; "" where some are."""
    if values.isnan().all():
        return "NaN"
    if values.isinf().all() and values.sign().unique().numel() == 1:
        return "inf" if values.flatten()[0] > 0 else "-inf"
    return "" if values.isfinite().any() else "NaN or infinite"


def near(value: Tensor, target: Tensor, wrong: Wrong) -> Tensor:
    """Where both agree as closely as the check demands; of small targets, more closely."""
    finite = target[target.isfinite()].abs()
    size = min(1.0, float(finite.max())) if finite.numel() else 1.0
    rtol, atol = min(wrong.rtol, RTOL), min(wrong.atol, ATOL) * size
    return torch.isclose(value, target, rtol=rtol, atol=atol)


def fits(value: Tensor, target: Tensor, wrong: Wrong) -> bool:
    if value.shape != target.shape:
        return False
    if value.numel():  # most differ in the first number already
        one, other = (float(part[(0,) * part.ndim]) for part in (value, target))
        if abs(one - other) > 10 * (ATOL + RTOL * abs(other)):
            return False
    return bool(near(value, target, wrong).all())


def explains(target: Tensor, wrong: Wrong) -> bool:
    """Whether the wrong numbers are these, and what is left of the error is next to nothing."""
    both = numbers(wrong)
    if both is None or not fits(both[1], target, wrong):
        return False
    right, got = both
    return bool((got - target).abs().max() <= REST * (got - right).abs().max())


def distinct(values: Tensor) -> int:
    """How many different numbers there are, to four digits of the largest."""
    if values.numel() <= 1:
        return values.numel()
    finite = torch.where(values.isfinite(), values, 0.0)
    return (values / (finite.abs().max() + 1e-300)).round(decimals=4).unique().numel()


def surprise(values: Tensor, wrong: Wrong) -> float:
    """The digits of a claim that holds of these right numbers; whole numbers repeat too easily."""
    right = as_tensor(wrong.expected)
    if right is not None and right.is_floating_point():
        return distinct(values)
    return 0.3 * values.numel() if distinct(values) > 1 else 0.0


def by_chance(zone: int, picked: int, total: int) -> float:
    """The digits of `picked` numbers of `total` all lying in a zone of that size."""
    return (_log_binomial(total, picked) - _log_binomial(zone, picked)) / math.log(10)


def _log_binomial(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def parsed(source: str) -> ast.AST:
    """The expression; an empty tree where there is none."""
    try:
        return ast.parse(source, mode="eval").body
    except SyntaxError:
        return ast.Module([], [])


def arguments(wrong: Wrong) -> list[tuple[str, ast.expr]]:
    """What the test handed to the last call: a keyword or `argument 2`, and its source."""
    calls = [node for node in ast.walk(parsed(wrong.called)) if isinstance(node, ast.Call)]
    found = [(f"argument {i}", part) for one in calls for i, part in enumerate(one.args, 1)]
    return found + [(k.arg or "", k.value) for one in calls for k in one.keywords]


def inputs(wrong: Wrong) -> list[str]:
    """The names in what the test handed to the last call."""
    nodes = (node for _, part in arguments(wrong) for node in ast.walk(part))
    return list(dict.fromkeys(node.id for node in nodes if isinstance(node, ast.Name)))


def tensors(around: Mapping[str, Any]) -> Iterator[tuple[str, Tensor]]:
    """The tensors among the test's variables, those in lists and dicts included, by name."""
    for name, value in around.items():
        if isinstance(value, Tensor):
            yield name, value
        elif isinstance(value, list | tuple):
            yield from ((f"{name}[{i}]", v) for i, v in enumerate(value) if isinstance(v, Tensor))
        elif isinstance(value, dict):
            yield from ((f"{name}[{k!r}]", v) for k, v in value.items() if isinstance(v, Tensor))


def broadcast(value: Tensor, shape: torch.Size) -> Tensor | None:
    """The value as large as `shape`, where it can be."""
    try:
        return value.expand(shape)
    except RuntimeError:
        return None
