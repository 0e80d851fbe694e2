"""Splitting and merging with expressions in place of loops; a heap finds the next pair."""

import heapq
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import reduce, total_ordering
from itertools import chain, pairwise
from operator import itemgetter

import regex

PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def split_words(text: str, pattern: str = PATTERN) -> list[str]:
    return list(filter(None, map(itemgetter(0), regex.finditer(pattern, text))))


def count_pairs(words: Mapping[tuple[bytes, ...], int]) -> Counter[tuple[bytes, bytes]]:
    return reduce(
        lambda total, entry: total + Counter(dict(_weighted(*entry))), words.items(), Counter()
    )


def _weighted(symbols, count):
    """Each pair of the word, and its number in it times the word's count."""
    return ((pair, n * count) for pair, n in Counter(pairwise(symbols)).items())


def merge_pair(symbols: tuple[bytes, ...], pair: tuple[bytes, bytes]) -> tuple[bytes, ...]:
    match symbols:
        case (first, second, *_) if (first, second) == tuple(pair):
            done, rest = (first + second,), symbols[2:]
        case (first, *_):
            done, rest = (first,), symbols[1:]
        case _:
            return ()
    return done + merge_pair(rest, pair) if len(symbols) < 50 else _merged(symbols, pair)


def _merged(symbols, pair):
    """The same without recursion, for long words: runs of a doubled symbol need care."""
    out = []
    for symbol in symbols:
        if out and out[-1] == (pair[0], False) and symbol == pair[1]:
            out[-1] = (pair[0] + pair[1], True)
        else:
            out.append((symbol, False))
    return tuple(symbol for symbol, _ in out)


def finder(special_tokens):
    """The expression of the special tokens, the longest first, so that it wins."""
    if not all(special_tokens) or any(n > 1 for n in Counter(special_tokens).values()):
        raise ValueError("special tokens are empty or repeated")
    return regex.compile(
        "|".join(regex.escape(t) for t in sorted(special_tokens, key=lambda t: -len(t))) or "(?!)"
    )


@total_ordering
class Candidate:
    """Sorted so that the most frequent is first, and of these the greatest pair."""

    def __init__(self, count, pair):
        self.count, self.pair = count, pair

    def __eq__(self, other):
        return (self.count, self.pair) == (other.count, other.pair)

    def __lt__(self, other):
        return (self.count, self.pair) > (other.count, other.pair)


def train_bpe(
    text: str, vocab_size: int, special_tokens: Sequence[str] = (), pattern: str = PATTERN
) -> tuple[dict[int, bytes], list[tuple[bytes, bytes]]]:
    special = finder(special_tokens)
    room = vocab_size - 256 - len(special_tokens)
    if room < 0:
        raise ValueError(f"{vocab_size} ids cannot hold {256 + len(special_tokens)} tokens")
    parts = special.split(text)
    spelled = Counter(chain.from_iterable(split_words(part, pattern) for part in parts))
    words = [(tuple(map(bytes, zip(word.encode(), strict=True))), n) for word, n in spelled.items()]
    counts, places = Counter(), defaultdict(set)
    for place, (symbols, n) in enumerate(words):
        for pair, times in _weighted(symbols, n):
            counts[pair] += times
            places[pair].add(place)
    heap = [Candidate(n, pair) for pair, n in counts.items()]
    heapq.heapify(heap)
    merges = []
    while heap and len(merges) < room:
        candidate = heapq.heappop(heap)
        if candidate.count != counts[candidate.pair] or candidate.count < 1:
            continue
        pair, changed = candidate.pair, set()
        merges.append(pair)
        for place in tuple(places[pair]):
            symbols, n = words[place]
            counts.subtract(dict(_weighted(symbols, n)))
            words[place] = merge_pair(symbols, pair), n
            counts.update(dict(_weighted(*words[place])))
            for each, _ in chain(_weighted(symbols, n), _weighted(*words[place])):
                changed.add(each)
                places[each].add(place)
        del counts[pair]
        for each in changed - {pair}:
            heapq.heappush(heap, Candidate(counts[each], each))
    tokens = chain(
        (bytes([n]) for n in range(256)),
        (b"".join(pair) for pair in merges),
        (token.encode() for token in special_tokens),
    )
    return dict(enumerate(tokens)), merges
