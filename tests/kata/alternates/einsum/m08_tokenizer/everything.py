"""Milestone 8 as a mathematician writes it: a word is a sequence, a merge a map of sequences."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise
from math import inf

import regex

PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def split_words(text: str, pattern: str = PATTERN) -> list[str]:
    return [w for m in regex.finditer(pattern, text) if (w := m.group())]


def count_pairs(words: Mapping[tuple[bytes, ...], int]) -> Counter[tuple[bytes, bytes]]:
    c = Counter()
    for w, n in words.items():
        c.update({p: n * k for p, k in Counter(pairwise(w)).items()})
    return c


def merge_pair(symbols: tuple[bytes, ...], pair: tuple[bytes, bytes]) -> tuple[bytes, ...]:
    out, i = [], 0
    while i < len(symbols):
        k = 2 if symbols[i : i + 2] == pair else 1
        out.append(b"".join(symbols[i : i + k]))
        i += k
    return tuple(out)


def spelled(word: str) -> tuple[bytes, ...]:
    return tuple(b.to_bytes() for b in word.encode())


def union(special_tokens: Sequence[str]) -> regex.Pattern:
    """What the special tokens match, the longest first; no tokens match nothing."""
    if len({*special_tokens, ""}) <= len(special_tokens):
        raise ValueError(f"not distinct, or empty: {list(special_tokens)}")
    longest_first = sorted(special_tokens, key=len, reverse=True)
    return regex.compile("|".join(regex.escape(t) for t in longest_first) or r"\b\B")


def train_bpe(
    text: str, vocab_size: int, special_tokens: Sequence[str] = (), pattern: str = PATTERN
) -> tuple[dict[int, bytes], list[tuple[bytes, bytes]]]:
    s, least = union(special_tokens), 256 + len(special_tokens)
    if vocab_size < least:
        raise ValueError(f"vocab_size {vocab_size} < {least}")
    parts = s.split(text)
    words = Counter(spelled(w) for part in parts for w in split_words(part, pattern))
    counts, merges = count_pairs(words), []
    while least + len(merges) < vocab_size:
        best = max(counts, key=lambda p: (counts[p], p), default=None)
        if best is None or counts[best] == 0:
            break
        merges.append(best)
        old = {w: n for w, n in words.items() if best in pairwise(w)}
        new = Counter()
        for w, n in old.items():
            new[merge_pair(w, best)] += n
        counts.subtract(count_pairs(old))
        counts.update(count_pairs(new))
        words = words - Counter(old) + new
    vocab = [bytes([b]) for b in range(256)] + [a + b for a, b in merges]
    vocab += [t.encode() for t in special_tokens]
    return dict(enumerate(vocab)), merges


class Tokenizer:
    def __init__(
        self,
        vocab: Mapping[int, bytes],
        merges: Sequence[tuple[bytes, bytes]],
        special_tokens: Sequence[str] = (),
        pattern: str = PATTERN,
    ) -> None:
        self.vocab, self.merges, self.pattern = vocab, merges, pattern
        self.special_tokens = special_tokens
        self.s = union(special_tokens)
        self.rank = {p: r for r, p in enumerate(merges)}
        self.id, last = {}, {}
        for i, token in vocab.items():
            self.id.setdefault(token, i)
            last[token] = i
        try:
            self.special_id = {t: last[t.encode()] for t in special_tokens}
        except KeyError as e:
            raise ValueError(f"{e} is not in the vocabulary") from None
        self.known = {}

    def word(self, word: str) -> list[int]:
        if word not in self.known:
            w = spelled(word)
            for b in w:
                if b not in self.id:
                    raise ValueError(f"the vocabulary has no byte {ord(b)}")
            while p := min(pairwise(w), key=lambda p: self.rank.get(p, inf), default=None):
                if p not in self.rank:
                    break
                w = merge_pair(w, p)
            self.known[word] = [self.id[b] for b in w]
        return self.known[word]

    def words(self, text: str) -> list[int]:
        return [i for w in split_words(text, self.pattern) for i in self.word(w)]

    def encode(self, text: str) -> list[int]:
        ids, start = [], 0
        for m in self.s.finditer(text):
            ids += [*self.words(text[start : m.start()]), self.special_id[m.group()]]
            start = m.end()
        return ids + self.words(text[start:])

    def encode_stream(self, chunks: Iterable[str]) -> Iterator[int]:
        text = ""
        for chunk in chunks:
            text, start = text + chunk, 0
            while (m := self.s.search(text, start)) and m.start() < self.open(text, start):
                yield from self.words(text[start : m.start()])
                yield self.special_id[m.group()]
                start = m.end()
            part = text[start : self.open(text, start)]
            spans = [m.span() for m in regex.finditer(self.pattern, part) if m.group()]
            done = 0
            for i, j in spans[:-2]:
                yield from self.word(part[i:j])
                done = j
            text = text[start + done :]
        yield from self.encode(text)

    def open(self, text: str, start: int) -> int:
        """From where on the text may be the beginning of a special token."""
        for i in range(start, len(text)):
            if any(t != text[i:] and t.startswith(text[i:]) for t in self.special_tokens):
                return i
        return len(text)

    def decode(self, ids: Iterable[int]) -> str:
        tokens = []
        for i in ids:
            if i not in self.vocab:
                raise ValueError(f"{i} is not in the vocabulary")
            tokens.append(self.vocab[i])
        return b"".join(tokens).decode("utf-8", "replace")


def printable_bytes() -> dict[int, str]:
    shown = {*range(33, 127), *range(161, 256)} - {173}
    hidden = [b for b in range(256) if b not in shown]
    return {b: chr(b if b in shown else 256 + hidden.index(b)) for b in range(256)}


def load_gpt2_tokenizer(vocab: Mapping[str, int], merges: Sequence[str]) -> Tokenizer:
    byte = {c: b for b, c in printable_bytes().items()}

    def raw(token: str) -> bytes:
        return bytes(byte[c] for c in token)

    lines = [m for i, m in enumerate(merges) if i > 0 or not m.startswith("#version")]
    pairs = [tuple(raw(t) for t in m.split()) for m in lines if m.strip()]
    special = [t for t in ("<|endoftext|>",) if t in vocab]
    return Tokenizer({i: raw(token) for token, i in vocab.items()}, pairs, special)
