"""How tests compare: each check records what it saw, then judges it.

The record is what the diagnosis replays (kata/diagnose.py), so tests use these checks and no
bare assert. Tolerances: |actual - expected| <= atol + rtol * |expected|, NaN never equal.
"""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Seen:
    """One recorded value: a tensor on the CPU in float64, a plain value, or an exception's text."""

    value: Any
    rtol: float = 0.0
    atol: float = 0.0

    def same_as(self, other: "Seen") -> bool:
        """Whether the check that recorded the two could not tell them apart."""
        if not (isinstance(self.value, Tensor) and isinstance(other.value, Tensor)):
            return type(self.value) is type(other.value) and self.value == other.value
        return self.value.shape == other.value.shape and torch.allclose(
            self.value, other.value, self.rtol, self.atol, equal_nan=True
        )


class Mismatch(AssertionError):
    """What a check expected and what came."""

    def __init__(self, expected: str, got: str, detail: str = "", hint: str = "") -> None:
        self.expected, self.got, self.detail, self.hint = expected, got, detail, hint
        super().__init__("\n".join(part for part in (f"expected {expected}, got {got}", detail, hint) if part))


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
        _seen.append(Seen(torch.tensor(actual, dtype=torch.float64), rtol, atol))
        if not abs(actual - expected) <= atol + rtol * abs(expected):
            raise Mismatch(f"{expected:.6g}", f"{actual:.6g}", hint=hint)
        return
    if not isinstance(actual, Tensor):
        _seen.append(Seen(type(actual).__name__))
        raise Mismatch(describe(expected), _describe_other(actual), hint=hint)
    value, right = actual.detach().cpu(), expected.detach().cpu()
    _seen.append(Seen(value.to(torch.float64), rtol, atol))
    if value.shape != right.shape or value.dtype != right.dtype:
        raise Mismatch(describe(right, values=False), describe(value, values=False), hint=hint)
    wrong = ~torch.isclose(value, right, rtol, atol)
    if wrong.any():
        raise Mismatch(describe(right), describe(value), _first_difference(value, right, wrong), hint)


def equal(actual: Any, expected: Any, *, hint: str = "") -> None:
    """`actual` is of the type of `expected` and equals it; for counts, names, shapes, None."""
    __tracebackhide__ = True
    _same_type(actual, expected, hint)
    _seen.append(Seen(actual))
    if actual != expected:
        raise Mismatch(repr(expected), repr(actual), hint=hint)


@contextmanager
def raises(kind: type[Exception], *mentions: object) -> Iterator[None]:
    """The block raises `kind`, and its message names every one of `mentions`."""
    __tracebackhide__ = True
    wanted = kind.__name__ + (" that names " + " and ".join(map(str, mentions)) if mentions else "")
    try:
        yield
    except kind as error:
        _seen.append(Seen(("raised", kind.__name__, *(m for m in mentions if _named(m, error)))))
        if not all(_named(m, error) for m in mentions):
            raise Mismatch(wanted, f"{type(error).__name__}: {error}") from None
    else:
        _seen.append(Seen("nothing raised"))
        raise Mismatch(wanted, "no error")


def exception(error: BaseException) -> Seen:
    """An exception as a recorded value: its type, and its message without numbers and names."""
    message = str(error)
    if type(error).__name__ == "TypeCheckError":  # there the numbers are the shape that came
        return Seen(("error", "TypeCheckError", *re.findall(r"whilst .*|Actual value: .*", message)))
    return Seen(("error", type(error).__name__, re.sub(r"'[^']*'|\"[^\"]*\"|\d+", "_", message)))


def randn(*shape: int, seed: int, dtype: torch.dtype = torch.float32) -> Tensor:
    """Standard normal numbers from a generator of their own."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


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


def _describe_other(value: object) -> str:
    return "None (is a `return` missing?)" if value is None else f"{type(value).__name__} {value!r:.60}"


def _same_type(actual: object, expected: object, hint: str) -> None:
    __tracebackhide__ = True
    if type(actual) is not type(expected):
        _seen.append(Seen(type(actual).__name__))
        raise Mismatch(f"{type(expected).__name__} {expected!r}", _describe_other(actual), hint=hint)


def _named(mention: object, error: Exception) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(str(mention))}(?!\w|\.\d)", str(error)) is not None


def _first_difference(value: Tensor, right: Tensor, wrong: Tensor) -> str:
    count = f"{int(wrong.sum())} of {wrong.numel()} numbers differ"
    if value.ndim == 0:
        return ""
    index = tuple(wrong.nonzero()[0].tolist())
    return (
        f"first difference at {list(index)}: "
        f"expected {_numbers(right[index].item())}, got {_numbers(value[index].item())} ({count})"
    )
