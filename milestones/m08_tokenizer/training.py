"""Learning which pairs to merge, from a text.

Uses split_words, the pairs and special_pattern.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

from milestones.m08_tokenizer.pairs import count_pairs, merge_pair
from milestones.m08_tokenizer.special import special_pattern
from milestones.m08_tokenizer.words import PATTERN, split_words


def train_bpe(
    text: str, vocab_size: int, special_tokens: Sequence[str] = (), pattern: str = PATTERN
) -> tuple[dict[int, bytes], list[tuple[bytes, bytes]]]:
    """Learn a vocabulary: merge the most frequent pair, count anew, and so on.

    Of equally frequent pairs the greater is merged, as Python compares tuples of bytes. No pair
    reaches across words. Special tokens cut the text and take no part.

    Returns the vocabulary and the merges, in the order in which they were learned. Ids 0 to 255 are
    the bytes, then come the merges, then the special tokens, as UTF-8. It ends early where no pair
    is left.

    Raises ValueError where a special token is empty or given twice, and where vocab_size has no
    room for bytes and special tokens; the message names vocab_size and the least that it may be.

    Source: Sennrich et al. 2016, section 3.2, algorithm 1; on bytes, Radford et al. 2019, section
    2.2.
    """
    raise NotImplementedError


def learn_merges(words: Counter[tuple[bytes, ...]], n: int) -> list[tuple[bytes, bytes]]:
    """The first n merges. After each one, only the words that held the pair are counted anew.

    A helper for train_bpe; you may leave it out.
    """
    raise NotImplementedError
