"""A text in words: what is never merged across.

Nothing earlier is needed.
"""

import regex

# GPT-2's expression. `regex`, unlike Python's own `re`, knows the letters \p{L} and digits \p{N}.
PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def split_words(text: str, pattern: str = PATTERN) -> list[str]:
    """The whole matches of the pattern, in order, and nothing between them.

    With PATTERN they join to the text. An empty match is no word.

    pattern: an expression for the package `regex`.

    Example: split_words("it's 12 low") is ["it", "'s", " 12", " low"].

    Source: Radford et al. 2019, section 2.2, and the authors' code.
    """
    words = []
    for match in regex.finditer(pattern, text):
        word = match.group(0)
        if word:
            words.append(word)
    return words
