"""What a test had before it when a check refused a value: what observations are made of."""

from typing import Any

from torch import Tensor

from kata.observers.base import Wrong
from kata.testing.called import call_at, compared_at
from kata.testing.check import Refusal

PLAIN = bool | int | float | str


def testimony(refusal: Refusal) -> Wrong:
    """A copy of it: the test goes on, and may write to what it holds."""
    return Wrong(
        expected=_copied(refusal.expected),
        got=_copied(refusal.actual),
        rtol=refusal.rtol,
        atol=refusal.atol,
        compared=compared_at(refusal.frame),
        around={
            name: _copied(value)
            for name, value in refusal.frame.f_locals.items()
            if _is_plain(value)
        },
        called=call_at(refusal.frame, refusal.frame.f_lineno).call,
        before=[_copied(value) for value in refusal.before],
    )


def _is_plain(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return all(map(_is_plain, value))
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return value is None or isinstance(value, Tensor | PLAIN)


def _copied(value: Any) -> Any:
    if isinstance(value, Tensor):
        return value.detach().cpu().clone()
    if type(value) in (list, tuple):
        return type(value)(map(_copied, value))
    if isinstance(value, dict):
        return {key: _copied(one) for key, one in value.items()}
    return value
