"""Special tokens: strings that are never split, such as the end of a text.

Nothing earlier is needed.
"""

from collections.abc import Sequence

import regex


def special_pattern(special_tokens: Sequence[str]) -> regex.Pattern:
    """Finds special tokens: the leftmost first, and of those that begin at one place the longest.

    Without special tokens it finds nothing.

    Raises ValueError where one is empty or there twice.

    A helper for train_bpe and Tokenizer; you may leave it out.
    """
    seen = set()
    for token in special_tokens:
        if token == "":
            raise ValueError("a special token is empty")
        if token in seen:
            raise ValueError(f"special token {token!r} is given twice")
        seen.add(token)
    if not seen:
        return regex.compile(r"(?!)")
    longest_first = sorted(special_tokens, key=len, reverse=True)
    return regex.compile("|".join(regex.escape(token) for token in longest_first))
