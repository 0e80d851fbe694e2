"""A tokenizer of small functions; a stream keeps back what a full reading could still change."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import chain, pairwise

import regex

from milestones.m08_tokenizer.merging import PATTERN, finder, merge_pair, split_words

END_OF_TEXT = "<|endoftext|>"


def merge_all(ranks, symbols):
    """Merge the earliest learned pair until none is left."""
    pair = min(pairwise(symbols), key=lambda pair: ranks.get(pair, float("inf")), default=None)
    return symbols if pair not in ranks else merge_all(ranks, merge_pair(symbols, pair))


class Tokenizer:
    def __init__(
        self,
        vocab: Mapping[int, bytes],
        merges: Sequence[tuple[bytes, bytes]],
        special_tokens: Sequence[str] = (),
        pattern: str = PATTERN,
    ) -> None:
        self.vocab, self.merges = vocab, merges
        self.special_tokens, self.pattern = special_tokens, pattern
        self.special = finder(special_tokens)
        beginnings = [regex.escape(t[:n]) for t in special_tokens for n in range(1, len(t))]
        self.beginnings = regex.compile(rf"(?:{'|'.join(beginnings) or '(?!)'})\Z")
        forward = list(vocab.items())
        first = {token: id for id, token in reversed(forward)}
        last = {token: id for id, token in forward}
        if not {token.encode() for token in special_tokens} <= set(last):
            raise ValueError("a special token has no id")
        self.special_ids = {token: last[token.encode()] for token in special_tokens}
        ranks = {pair: rank for rank, pair in enumerate(merges)}
        self.ids_of_word = cache(partial(_ids_of_word, first, ranks))

    def encode(self, text: str) -> list[int]:
        return list(chain.from_iterable(self._ids(piece) for piece in self._pieces(text)))

    def _pieces(self, text):
        """Special tokens and what is between them, by turns, with where each ends."""
        start = 0
        for found in self.special.finditer(text):
            yield False, text[start : found.start()], found.start()
            yield True, found.group(), found.end()
            start = found.end()
        yield False, text[start:], len(text)

    def _ids(self, piece):
        special, text, _ = piece
        if special:
            return [self.special_ids[text]]
        return self._ids_of_words(split_words(text, self.pattern))

    def _ids_of_words(self, words):
        return chain.from_iterable(map(self.ids_of_word, words))

    def encode_stream(self, chunks: Iterable[str]) -> Iterator[int]:
        rest = ""
        for chunk in chunks:
            rest += chunk
            done = 0
            while found := self._decided(rest, done):
                yield from self._ids((False, rest[done : found.start()], 0))
                yield from self._ids((True, found.group(), 0))
                done = found.end()
            part = rest[done : self._first_open(rest, done)]
            words = [m for m in regex.finditer(self.pattern, part) if m.group()]
            settled = words[:-2]
            yield from self._ids_of_words(word.group() for word in settled)
            rest = rest[done + max((word.end() for word in settled), default=0) :]
        yield from self.encode(rest)

    def _decided(self, text, start):
        """The next special token, if no other one may be beginning before it or with it."""
        found = self.special.search(text, start)
        return found if found and found.start() < self._first_open(text, start) else None

    def _first_open(self, text, start):
        """Where the end of the text is the beginning of a special token."""
        found = self.beginnings.search(text, start)
        return found.start() if found else len(text)

    def decode(self, ids: Iterable[int]) -> str:
        return b"".join(map(self._bytes_of, ids)).decode("utf-8", errors="replace")

    def _bytes_of(self, id):
        found = self.vocab.get(id)
        if found is None:
            raise ValueError(f"unknown id: {id}")
        return found


def _ids_of_word(ids, ranks, word):
    symbols = tuple(bytes([byte]) for byte in word.encode())
    for symbol in symbols:
        if symbol not in ids:
            raise ValueError(f"no token is the byte {symbol!r}")
    return [ids[symbol] for symbol in merge_all(ranks, symbols)]


def printable_bytes() -> dict[int, str]:
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = filter(lambda byte: byte not in printable, range(256))
    return dict(
        chain(
            ((byte, chr(byte)) for byte in printable),
            ((byte, chr(256 + n)) for n, byte in enumerate(others)),
        )
    )


def load_gpt2_tokenizer(vocab: Mapping[str, int], merges: Sequence[str]) -> Tokenizer:
    back = {ord(character): byte for byte, character in printable_bytes().items()}

    def raw(token):
        return token.translate(back).encode("latin-1")

    lines = list(merges)[1:] if list(merges)[:1] and merges[0].startswith("#version") else merges
    pairs = [tuple(map(raw, parts)) for parts in filter(None, map(str.split, lines))]
    special = [END_OF_TEXT] * (END_OF_TEXT in vocab)
    return Tokenizer(dict(zip(vocab.values(), map(raw, vocab), strict=True)), pairs, special)
