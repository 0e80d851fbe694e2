"""How tests compare: each check records what it saw, then judges it.

The record is what the diagnosis replays (kata/diagnosis/diagnose.py), so tests use these checks
and no bare assert. Tolerances: |actual - expected| <= atol + rtol * |expected|, NaN never equal.
"""

import sys
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from kata.errors import Mismatch
from kata.testing import sight
from kata.testing.seen import NUMBER, Check, Raised, Seen, seen_as


class Refusal(NamedTuple):
    """A value that a check does not take: what was due, what came, and the frame of the test."""

    problem: Mismatch
    expected: Any
    actual: Any
    rtol: float
    atol: float
    frame: FrameType
    before: Sequence[Any]  # what earlier checks of the test had expected


_seen: list[Seen] = []
_due: list[Any] = []  # what each check of the test has expected
_times: Counter[int] = Counter()  # how often each line of the test has checked


def _stop(refusal: Refusal) -> None:
    raise refusal.problem


_refused: Callable[[Refusal], None] = _stop


def start_recording() -> None:
    _seen.clear()
    _due.clear()
    _times.clear()


def recorded() -> list[Seen]:
    return list(_seen)


@contextmanager
def going_on(refused: Callable[[Refusal], None] = lambda _: None) -> Generator[None]:
    """Within the block a check that refuses a value does not end the test: it calls `refused`."""
    global _refused
    before, _refused = _refused, refused
    try:
        yield
    finally:
        _refused = before


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
    saw: Any = actual
    if isinstance(expected, Tensor):
        problem = _difference(actual, expected, rtol, atol, hint)
    elif type(actual) is not type(expected):
        problem = _other_type(actual, expected, hint)
    else:
        saw = torch.tensor(actual, dtype=torch.float64)
        within = abs(actual - expected) <= atol + rtol * abs(expected)
        problem = (
            None if within else Mismatch(*_apart(expected, float(actual), digits=6), hint=hint)
        )
    _judge(problem, seen_as(saw, rtol, atol), expected, actual)


def equal(actual: Any, expected: Any, *, hint: str = "") -> None:
    """`actual` is of the type of `expected` and equals it; for counts, names, shapes, None."""
    __tracebackhide__ = True
    if type(actual) is not type(expected):
        _judge(_other_type(actual, expected, hint), seen_as(actual), expected, actual)
        return
    problem = Mismatch(repr(expected), repr(actual), hint=hint) if actual != expected else None
    _judge(problem, Seen(actual), expected, actual)


def sees(call: Callable[[Tensor], Tensor], x: Tensor, expected: Tensor, *, hint: str = "") -> None:
    """Each position of `call(x)` depends on exactly the positions of x that `expected` tells.

    expected: a Bool grid "output input", both counted through the batch; see kata/testing/sight.py.
    """
    __tracebackhide__ = True
    seen = sight.dependencies(call, x)
    drawing = sight.draw(expected, seen, x.size(1))
    problem = None
    if not torch.equal(seen, expected):
        wrong = int((seen != expected).sum())
        problem = Mismatch(
            "each output depends on exactly the inputs marked on the left",
            f"{wrong} of {seen.numel()} marks are wrong",
            drawing,
            hint,
        )
    _judge(problem, seen_as(seen), expected, seen)


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
        missing = Counter(map(str, names)) - Counter(found)
        got = f"{type(error).__name__}: {error}"
        lacks = f"Its message lacks {' and '.join(missing.elements())}."
        problem = Mismatch(wanted, got, lacks) if missing else None
        _judge(problem, Seen(Raised(type(error).__name__, frozenset(found))), kind, error)
        return
    problem = Mismatch(wanted, f"no error: it returned {_describe_any(value)}")
    _judge(problem, seen_as(value), kind, value)


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
    return _number(value, 4)


def _number(value: object, digits: int) -> str:
    return f"{value:.{digits}g}" if isinstance(value, float) else str(value)


def _describe_any(value: object) -> str:
    if isinstance(value, Tensor):
        return describe(value)
    if value is None or isinstance(value, nn.Module):  # a module's text runs over many lines
        return "None" if value is None else f"a {type(value).__name__}"
    return f"{type(value).__name__} {value!r:.60}"


def _judge(problem: Mismatch | None, saw: Seen, expected: Any, actual: Any) -> None:
    """Record what a check of the test saw, and refuse it where there is a problem."""
    __tracebackhide__ = True
    frame = sys._getframe(2)
    line = frame.f_lineno
    # What is right needs no comparison.
    empty = isinstance(saw.value, Tensor) and saw.value.numel() == 0
    kept = replace(saw, wrong=problem.wrong) if problem else Seen(None, empty=empty)
    _seen.append(replace(kept, check=Check(line, _times[line]), right=problem is None))
    _times[line] += 1
    if problem:
        _refused(Refusal(problem, expected, actual, saw.rtol, saw.atol, frame, tuple(_due)))
    _due.append(expected)


def _other_type(actual: object, expected: object, hint: str) -> Mismatch:
    return Mismatch(f"{type(expected).__name__} {expected!r}", _describe_any(actual), hint=hint)


def _difference(
    actual: object, expected: Tensor, rtol: float, atol: float, hint: str
) -> Mismatch | None:
    if not isinstance(actual, Tensor):
        return Mismatch(describe(expected), _describe_any(actual), hint=hint)
    value, right = actual.detach().cpu(), expected.detach().cpu()
    if value.shape != right.shape or value.dtype != right.dtype:
        return Mismatch(describe(right, values=False), describe(value, values=False), hint=hint)
    wrong = ~torch.isclose(value, right, rtol, atol)
    if not wrong.any():
        return None
    detail = _first_difference(value, right, wrong)
    return Mismatch(describe(right), describe(value), detail, hint, wrong)


def _first_difference(value: Tensor, right: Tensor, wrong: Tensor) -> str:
    count = f"{int(wrong.sum())} of {wrong.numel()} numbers differ"
    if value.ndim == 0:
        return ""
    index = tuple(wrong.nonzero()[0].tolist())
    expected, got = _apart(right[index].item(), value[index].item())
    return f"first difference at {list(index)}: expected {expected}, got {got} ({count})"


def _apart(expected: float, got: float, digits: int = 4) -> tuple[str, str]:
    """Both numbers, with as many digits as tell them apart."""
    for count in range(digits, 18):
        texts = _number(expected, count), _number(got, count)
        if texts[0] != texts[1]:
            break
    return texts
