"""Attention patterns as text: who looks at whom, for a terminal without colours."""

from collections.abc import Sequence

MIN_CELL, MAX_CELL = 4, 9  # characters for a number, the space before it included


def pattern(
    words: Sequence[str], weights: Sequence[Sequence[float]], columns: int
) -> tuple[list[str], int]:
    """The lines of a table in per cent, and how many words had room.

    weights: a row for each query, from 0 to 1 for each key. Less than half a per cent is a dot.
    """
    edge = min(MAX_CELL, max(map(len, words))) + 2
    cell = max(MIN_CELL, min(MAX_CELL, (columns - edge) // len(words)))
    fit = min(len(words), (columns - edge) // cell)
    lines = [" " * edge + "".join(f"{word[: cell - 1]:>{cell}}" for word in words[:fit])]
    for word, row in zip(words[:fit], weights, strict=False):
        numbers = "".join(f"{_percent(weight):>{cell}}" for weight in row[:fit])
        lines.append(f"{word[: edge - 2]:>{edge}}{numbers}")
    return lines, fit


def _percent(weight: float) -> str:
    return "·" if weight < 0.005 else f"{100 * weight:.0f}"
