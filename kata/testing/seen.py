"""What a check saw, kept so that two implementations can be compared by it."""

import re
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?")
NAMES = re.compile(r"'[^']*'|\"[^\"]*\"|\d+")


class Raised(NamedTuple):
    """An exception, as far as two implementations in different styles can share it."""

    kind: str
    words: frozenset[str]


class Check(NamedTuple):
    """Which check of a test saw a value: its line, and how often that line had checked before."""

    line: int
    times: int


@dataclass(frozen=True)
class Seen:
    """One recorded value: a tensor on the CPU in float64, a plain value, or an exception.

    check: None where no check saw it, but an exception ended the test. right: the check took it;
    then the value is not kept. empty: a tensor without numbers.
    """

    value: Any
    dtype: torch.dtype | None = None
    rtol: float = 0.0
    atol: float = 0.0
    check: Check | None = None
    right: bool = False
    empty: bool = False
    wrong: Tensor | None = (
        None  # which numbers of a tensor are, where its shape and dtype are right
    )

    def same_as(self, other: "Seen") -> bool:
        """Whether the check that recorded the two could not tell them apart."""
        if self.right or other.right:
            return self.right and other.right
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


def seen_as(value: object, rtol: float = 1e-4, atol: float = 1e-5) -> Seen:
    if isinstance(value, Tensor):
        return Seen(value.detach().to("cpu", torch.float64, copy=True), value.dtype, rtol, atol)
    return Seen(type(value).__name__)


def exception(error: BaseException, raised_by_learner: bool) -> Seen:
    """An exception as a recorded value.

    The value that a signature forbids is recorded as if a check had seen it. Else: the type,
    and PyTorch's or Python's message without numbers and names, or the numbers of the learner's
    own message.
    """
    culprits = getattr(error.__cause__, "culprits", ())
    if type(error).__name__ == "TypeCheckError" and "return value" in str(error) and culprits:
        return seen_as(culprits[0])
    text = str(error)
    words = NUMBER.findall(text) if raised_by_learner else [NAMES.sub("_", text)]
    return Seen(Raised(type(error).__name__, frozenset(words)))
