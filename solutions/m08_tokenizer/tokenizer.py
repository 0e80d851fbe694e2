"""Text to ids, and ids to text.

Uses merge_pair, split_words and special_pattern.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import regex

from milestones.m08_tokenizer.pairs import merge_pair
from milestones.m08_tokenizer.special import special_pattern
from milestones.m08_tokenizer.words import PATTERN, split_words


class Tokenizer:
    """Byte-pair encoding with a vocabulary and merges that were learned before.

    vocab: the bytes of each id. merges: pairs in the order in which they were learned; each part is
    a byte or was made earlier. special_tokens: each is one id, wherever it stands in a text.
    pattern: splits what is between them into words. All four are kept under their names.

    Where two ids have the same bytes, a special token is the one that stands last in vocab, and all
    else the one that stands first.

    Raises ValueError where a special token is empty, given twice, or not in the vocabulary.

    Source: Sennrich et al. 2016, section 3.2; Radford et al. 2019, section 2.2.
    """

    def __init__(
        self,
        vocab: Mapping[int, bytes],
        merges: Sequence[tuple[bytes, bytes]],
        special_tokens: Sequence[str] = (),
        pattern: str = PATTERN,
    ) -> None:
        self.vocab = vocab
        self.merges = merges
        self.special_tokens = special_tokens
        self.pattern = pattern
        self._ranks = {pair: rank for rank, pair in enumerate(merges)}
        self._ids: dict[bytes, int] = {}
        last: dict[bytes, int] = {}
        for id, token in vocab.items():
            self._ids.setdefault(token, id)
            last[token] = id
        self._special = special_pattern(special_tokens)
        if missing := [token for token in special_tokens if token.encode() not in last]:
            raise ValueError(f"special tokens must be in the vocabulary: {missing}")
        self._special_ids = {token: last[token.encode()] for token in special_tokens}
        self._remembered = lru_cache(maxsize=2**16)(self._encode_word)  # texts repeat their words

    def encode(self, text: str) -> list[int]:
        """The ids of a text. In each word the earliest learned pair is merged first.

        Of special tokens the leftmost is found first, of those that begin at one place the longest.

        Raises ValueError that names a byte which is no token.
        """
        ids, start = [], 0
        for special in self._special.finditer(text):
            ids += self._encode_words(split_words(text[start : special.start()], self.pattern))
            ids.append(self._special_ids[special[0]])
            start = special.end()
        return ids + self._encode_words(split_words(text[start:], self.pattern))

    def encode_stream(self, chunks: Iterable[str]) -> Iterator[int]:
        """The ids of the joined text, one by one, however it is cut into chunks.

        A chunk is read only when its ids are asked for, and nothing is kept but what may still
        change: the last two words, and what may become a special token.

        This holds for every pattern in which a word depends on at most the two words after it, and
        on nothing before it, such as PATTERN. A pattern may leave out what stands between words.
        """
        text = ""
        for chunk in chunks:
            text += chunk
            ids, settled = self._settled(text)
            yield from ids
            text = text[settled:]
        yield from self.encode(text)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the ids. Bytes that are no UTF-8 become U+FFFD.

        Raises ValueError that names an unknown id.
        """
        tokens = []
        for id in ids:
            if id not in self.vocab:
                raise ValueError(f"id {id} is not in the vocabulary")
            tokens.append(self.vocab[id])
        return b"".join(tokens).decode(errors="replace")

    def _encode_words(self, words: Iterable[str]) -> list[int]:
        """The ids of words, one word after the other.

        A helper, as are the three below; you may leave them out.
        """
        return [id for word in words for id in self._remembered(word)]

    def _encode_word(self, word: str) -> list[int]:
        """The ids of a word. Raises ValueError that names a byte which is no token."""
        symbols = tuple(bytes([b]) for b in word.encode())
        if unknown := [symbol for symbol in symbols if symbol not in self._ids]:
            raise ValueError(f"byte 0x{unknown[0].hex()} is not in the vocabulary")
        while known := [pair for pair in pairwise(symbols) if pair in self._ranks]:
            symbols = merge_pair(symbols, min(known, key=self._ranks.__getitem__))
        return [self._ids[symbol] for symbol in symbols]

    def _settled(self, text: str) -> tuple[list[int], int]:
        """What more text cannot change: its ids, and the place in the text up to which it goes."""
        ids, start = [], 0
        while True:
            undecided = self._undecided(text, start)
            special = self._special.search(text, start)
            if special is None or special.start() >= undecided:
                break
            ids += self._encode_words(split_words(text[start : special.start()], self.pattern))
            ids.append(self._special_ids[special[0]])
            start = special.end()
        words = [m for m in regex.finditer(self.pattern, text[start:undecided]) if m[0]]
        settled = words[:-2]
        ids += self._encode_words(word[0] for word in settled)
        return ids, start + (settled[-1].end() if settled else 0)

    def _undecided(self, text: str, start: int) -> int:
        """The first place from which more text may make a special token, or a longer one."""
        longest = max(map(len, self.special_tokens), default=0)
        for place in range(max(start, len(text) - longest + 1), len(text)):
            rest = text[place:]
            if any(token.startswith(rest) and token != rest for token in self.special_tokens):
                return place
        return len(text)
