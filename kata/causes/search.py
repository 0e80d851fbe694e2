"""What an exception of Python or PyTorch means, and what to do: a cause and a remedy."""

import contextlib
from collections.abc import Callable

from kata.causes import known, operands
from kata.causes.arguments import ARGUMENTS
from kata.causes.calls import CALLS
from kata.causes.dtypes import DTYPES
from kata.causes.entry import Entry
from kata.causes.gradients import GRADIENTS
from kata.causes.indices import INDICES, POSITIONS
from kata.causes.modules import MODULES
from kata.causes.place import has_raised, innermost
from kata.causes.python import PYTHON
from kata.causes.pytorch import TORCH
from kata.causes.shapes import SHAPES
from kata.causes.values import VALUES
from kata.errors import KataError, Mismatch

# The first that fits speaks: where two fit, the one that says more stands before the other.
TABLE: tuple[Entry, ...] = (
    *(*CALLS, *PYTHON, *VALUES, *MODULES),
    *(*GRADIENTS, *DTYPES, *SHAPES, POSITIONS, *INDICES, *TORCH, *ARGUMENTS),
)


def cause(error: BaseException, in_tree: Callable[[str], bool]) -> str:
    """Two sentences, or an empty text where the tables know nothing.

    in_tree: whether a file is the learner's. What a `raise` of theirs made, and what the kata
    says itself, is explained already; but a table of embeddings cannot know that it is asked for
    positions.
    """
    with contextlib.suppress(Exception):  # objects of the learner's can be as odd as they like
        return fitting(error, in_tree)[1]
    return ""


def fitting(error: BaseException, in_tree: Callable[[str], bool]) -> tuple[Entry | None, str]:
    """The entry that speaks, and its sentences."""
    explained = isinstance(error, KataError | Mismatch) or type(error).__name__ == "TypeCheckError"
    if explained or error.__traceback__ is None:
        return None, ""
    table = (POSITIONS,) if has_raised(error.__traceback__, in_tree) else TABLE
    place = innermost(error.__traceback__, in_tree)
    facts = (operands.facts(place) if place else {}) | known.facts(error, place)
    fits = ((entry, entry.fitted(error, facts)) for entry in table)
    return next(((entry, text) for entry, text in fits if text), (None, ""))
