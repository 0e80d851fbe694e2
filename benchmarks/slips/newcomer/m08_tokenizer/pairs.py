"""Two symbols side by side: how often there are, and how they become one.

Nothing earlier is needed.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise


def count_pairs(words: Mapping[tuple[bytes, ...], int]) -> Counter[tuple[bytes, bytes]]:
    """How often two symbols stand side by side, in all words, each as often as it occurs.

    words: each word as its symbols, and how often it occurs. Every place counts: a, a, a holds the
    pair a, a twice.

    Example: {(l, o, w): 5, (l, o): 2} gives {(l, o): 7, (o, w): 5}.

    Source: Sennrich et al. 2016, section 3.2, algorithm 1.
    """
    counts = Counter()
    for symbols, how_often in words.items():
        for left, right in pairwise(symbols):
            counts[left, right] += how_often
    return counts


def merge_pair(symbols: tuple[bytes, ...], pair: tuple[bytes, bytes]) -> tuple[bytes, ...]:
    """The symbols with each occurrence of the pair as one, from the left, never overlapping.

    Example: (a, a, a, b) with the pair (a, a) is (aa, a, b).

    Source: Sennrich et al. 2016, section 3.2, algorithm 1.
    """
    first, second = pair
    merged = []
    i = 0
    while i < len(symbols):
        if i + 1 < len(symbols) and symbols[i] == first and symbols[i + 1] == second:
            merged.append(first + second)
            i += 2
        else:
            merged.append(symbols[i])
            i += 1
    return tuple(merged)
