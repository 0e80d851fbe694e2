"""Edits of a text that are made together: each one as the few words that it changes."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import pairwise
from typing import NamedTuple

WORDS = re.compile(r"\w+|\s+|.", re.DOTALL)


class Change(NamedTuple):
    start: int
    end: int
    new: str


def edited(text: str, edits: Sequence[tuple[str, str]]) -> str:
    """The text with every `find` made `replace`; each find occurs exactly once in it.

    Raises ValueError where two edits change the same words.
    """
    changes = sorted(change for edit in edits for change in _changes(text, *edit))
    for one, other in pairwise(changes):
        if other.start < one.end or other[:2] == one[:2]:
            raise ValueError(f"two edits change {text[one.start : other.end]!r}")
    for change in reversed(changes):
        text = text[: change.start] + change.new + text[change.end :]
    return text


def _changes(text: str, find: str, replace: str) -> Iterator[Change]:
    start = text.index(find)
    old, new = WORDS.findall(find), WORDS.findall(replace)
    for kind, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind != "equal":
            before = start + len("".join(old[:i]))
            yield Change(before, before + len("".join(old[i:j])), "".join(new[k:m]))
