"""How tests compare: each check records what it saw, then judges it.

The record is what the diagnosis replays (kata/diagnose.py), so tests use these checks and no
bare assert. Tolerances: |actual - expected| <= atol + rtol * |expected|, NaN never equal.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kata import sight


class Raised(NamedTuple):
    """An exception, as far as two implementations in different styles can share it."""

    kind: str
    words: frozenset[str]


@dataclass(frozen=True)
class Seen:
    """One recorded value: a tensor on the CPU in float64, a plain value, or an exception."""

    value: Any
    dtype: torch.dtype | None = None
    rtol: float = 0.0
    atol: float = 0.0

    def same_as(self, other: "Seen") -> bool:
        """Whether the check that recorded the two could not tell them apart."""
        mine, theirs = self.value, other.value
        if not (isinstance(mine, Tensor) and isinstance(theirs, Tensor)):
            return type(mine) is type(theirs) and mine == theirs
        return (mine.shape, self.dtype) == (theirs.shape, other.dtype) and torch.allclose(
            mine, theirs, self.rtol, self.atol, equal_nan=True
        )

    def alike(self, other: "Seen") -> bool:
        """As `same_as`, but of two exceptions only the type must agree: einsum and matmul
        complain of the same slip in different words."""
        if isinstance(self.value, Raised) and isinstance(other.value, Raised):
            return self.value.kind == other.value.kind
        return self.same_as(other)


class Mismatch(AssertionError):
    """What a check expected and what came."""

    def __init__(self, expected: str, got: str, detail: str = "", hint: str = "") -> None:
        self.expected, self.got, self.detail, self.hint = expected, got, detail, hint
        super().__init__(
            "\n".join(part for part in (f"expected {expected}, got {got}", detail, hint) if part)
        )


NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
NAMES = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")
_seen: list[Seen] = []


def start_recording() -> None:
    _seen.clear()


def recorded() -> list[Seen]:
    return list(_seen)


def close(
    actual: Tensor | float,
    expected: Tensor | float,
    *,
    rtol: float = 1e-4,
    atol: float = 1e-5,
    hint: str = "",
) -> None:
    """`actual` has the type, shape, dtype and, within the tolerance, the values of `expected`."""
    __tracebackhide__ = True
    if not isinstance(expected, Tensor):
        _same_type(actual, expected, hint)
        _seen.append(_value_seen(torch.tensor(actual, dtype=torch.float64), rtol, atol))
        if not abs(actual - expected) <= atol + rtol * abs(expected):
            raise Mismatch(f"{expected:.6g}", f"{actual:.6g}", hint=hint)
        return
    _seen.append(_value_seen(actual, rtol, atol))
    if not isinstance(actual, Tensor):
        raise Mismatch(describe(expected), _describe_any(actual), hint=hint)
    value, right = actual.detach().cpu(), expected.detach().cpu()
    if value.shape != right.shape or value.dtype != right.dtype:
        raise Mismatch(describe(right, values=False), describe(value, values=False), hint=hint)
    wrong = ~torch.isclose(value, right, rtol, atol)
    if wrong.any():
        raise Mismatch(
            describe(right), describe(value), _first_difference(value, right, wrong), hint
        )


def equal(actual: Any, expected: Any, *, hint: str = "") -> None:
    """`actual` is of the type of `expected` and equals it; for counts, names, shapes, None."""
    __tracebackhide__ = True
    _same_type(actual, expected, hint)
    _seen.append(Seen(actual))
    if actual != expected:
        raise Mismatch(repr(expected), repr(actual), hint=hint)


def sees(call: Callable[[Tensor], Tensor], x: Tensor, expected: Tensor, *, hint: str = "") -> None:
    """Each position of `call(x)` depends on exactly the positions of x that `expected` tells.

    expected: a Bool grid "output input", both counted through the batch; see kata/sight.py.
    """
    __tracebackhide__ = True
    seen = sight.dependencies(call, x)
    _seen.append(_value_seen(seen))
    drawing = sight.draw(expected, seen, x.size(1))
    if not torch.equal(seen, expected):
        wrong = int((seen != expected).sum())
        raise Mismatch(
            "outputs that depend on the inputs as drawn left",
            f"{wrong} of {seen.numel()} dependences otherwise",
            drawing,
            hint,
        )


def raises(
    kind: type[Exception], call: Callable[..., Any], *args: Any, names: Sequence = ()
) -> None:
    """`call(*args)` raises `kind`; the message names every number in `names`, one twice twice."""
    __tracebackhide__ = True
    wanted = kind.__name__ + (f" that names {' and '.join(map(str, names))}" if names else "")
    try:
        value = call(*args)
    except kind as error:
        found = NUMBER.findall(str(error))
        _seen.append(Seen(Raised(type(error).__name__, frozenset(found))))
        if Counter(map(str, names)) - Counter(found):
            raise Mismatch(wanted, f"{type(error).__name__}: {error}") from None
        return
    _seen.append(_value_seen(value))
    raise Mismatch(wanted, f"no error, but {_describe_any(value)}")


def exception(error: BaseException, raised_by_learner: bool) -> Seen:
    """An exception as a recorded value.

    The value that a signature forbids is recorded as if a check had seen it. Else: the type,
    and PyTorch's or Python's message without numbers and names, or the numbers of the learner's
    own message.
    """
    culprits = getattr(error.__cause__, "culprits", ())
    if type(error).__name__ == "TypeCheckError" and "return value" in str(error) and culprits:
        return _value_seen(culprits[0])
    text = str(error)
    words = NUMBER.findall(text) if raised_by_learner else [NAMES.sub("_", text)]
    return Seen(Raised(type(error).__name__, frozenset(words)))


def randn(*shape: int, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Standard normal numbers from a generator of their own."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def randint(high: int, *shape: int, seed: int) -> Tensor:
    """Token ids in [0, high) from a generator of their own."""
    return torch.randint(high, shape, generator=torch.Generator().manual_seed(seed))


def random_state(module: nn.Module, seed: int) -> dict[str, Tensor]:
    """Standard normal numbers for every entry of the module's state dict, of its dtypes."""
    generator = torch.Generator().manual_seed(seed)
    return {
        name: torch.randn(value.shape, generator=generator, dtype=value.dtype)
        for name, value in module.state_dict().items()
    }


def describe(value: Tensor, values: bool = True) -> str:
    """dtype and shape, with the numbers where they are few: float32 (2,) [0.25, 0.75]."""
    text = f"{str(value.dtype).removeprefix('torch.')} {tuple(value.shape)}"
    return f"{text} {_numbers(value.tolist())}" if values and value.numel() <= 12 else text


def _numbers(value: Sequence | float) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_numbers, value))}]"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _describe_any(value: object) -> str:
    if isinstance(value, Tensor):
        return describe(value)
    if value is None or isinstance(value, nn.Module):  # a module's text runs over many lines
        return "None" if value is None else f"a {type(value).__name__}"
    return f"{type(value).__name__} {value!r:.60}"


def _value_seen(value: object, rtol: float = 1e-4, atol: float = 1e-5) -> Seen:
    if isinstance(value, Tensor):
        return Seen(value.detach().to("cpu", torch.float64, copy=True), value.dtype, rtol, atol)
    return Seen(type(value).__name__)


def _same_type(actual: object, expected: object, hint: str) -> None:
    __tracebackhide__ = True
    if type(actual) is not type(expected):
        _seen.append(_value_seen(actual))
        raise Mismatch(f"{type(expected).__name__} {expected!r}", _describe_any(actual), hint=hint)


def _first_difference(value: Tensor, right: Tensor, wrong: Tensor) -> str:
    count = f"{int(wrong.sum())} of {wrong.numel()} numbers differ"
    if value.ndim == 0:
        return ""
    index = tuple(wrong.nonzero()[0].tolist())
    return (
        f"first difference at {list(index)}: "
        f"expected {_numbers(right[index].item())}, got {_numbers(value[index].item())} ({count})"
    )
