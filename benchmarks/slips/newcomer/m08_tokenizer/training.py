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
    least = 256 + len(special_tokens)
    specials = special_pattern(special_tokens)
    if vocab_size < least:
        raise ValueError(f"vocab_size is {vocab_size}, but must be at least {least}")

    words = Counter()
    for part in specials.split(text):
        for word in split_words(part, pattern):
            words[tuple(bytes([b]) for b in word.encode("utf-8"))] += 1

    merges = learn_merges(words, vocab_size - least)

    vocab = {i: bytes([i]) for i in range(256)}
    for left, right in merges:
        vocab[len(vocab)] = left + right
    for token in special_tokens:
        vocab[len(vocab)] = token.encode("utf-8")
    return vocab, merges


def learn_merges(words: Counter[tuple[bytes, ...]], n: int) -> list[tuple[bytes, bytes]]:
    """The first n merges. After each one, only the words that held the pair are counted anew.

    A helper for train_bpe; you may leave it out.
    """
    pieces = [list(item) for item in words.items()]
    counts = count_pairs(words)
    where = defaultdict(set)
    for index, (symbols, _) in enumerate(pieces):
        for pair in pairwise(symbols):
            where[pair].add(index)

    merges = []
    while len(merges) < n and counts:
        best = max(counts, key=lambda pair: (counts[pair], pair))
        merges.append(best)
        for index in where.pop(best):
            old, how_often = pieces[index]
            new = merge_pair(old, best)
            pieces[index][0] = new
            for pair in pairwise(old):
                counts[pair] -= how_often
                if counts[pair] == 0:
                    del counts[pair]
            for pair in pairwise(new):
                counts[pair] += how_often
                where[pair].add(index)
    return merges
