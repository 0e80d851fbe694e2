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

        self._specials = special_pattern(special_tokens)
        self._id_of = {}
        last_id_of = {}
        for token_id, token in vocab.items():
            self._id_of.setdefault(token, token_id)
            last_id_of[token] = token_id
        self._special_id = {}
        for special in special_tokens:
            as_bytes = special.encode("utf-8")
            if as_bytes not in last_id_of:
                raise ValueError(f"special token {special!r} is not in the vocabulary")
            self._special_id[special] = last_id_of[as_bytes]

        self._ranks = {}
        for rank, pair in enumerate(merges):
            self._ranks.setdefault(pair, rank)
        self._cached = lru_cache(maxsize=50_000)(self._encode_word)

    def encode(self, text: str) -> list[int]:
        """The ids of a text. In each word the earliest learned pair is merged first.

        Of special tokens the leftmost is found first, of those that begin at one place the longest.

        Raises ValueError that names a byte which is no token.
        """
        ids = []
        position = 0
        for match in self._specials.finditer(text):
            before = text[position : match.start()]
            ids.extend(self._encode_words(split_words(before, self.pattern)))
            ids.append(self._special_id[match.group()])
            position = match.end()
        ids.extend(self._encode_words(split_words(text[position:], self.pattern)))
        return ids

    def encode_stream(self, chunks: Iterable[str]) -> Iterator[int]:
        """The ids of the joined text, one by one, however it is cut into chunks.

        A chunk is read only when its ids are asked for, and nothing is kept but what may still
        change: the last two words, and what may become a special token.

        This holds for every pattern in which a word depends on at most the two words after it, and
        on nothing before it, such as PATTERN. A pattern may leave out what stands between words.
        """
        buffer = ""
        for chunk in chunks:
            buffer += chunk
            ids, done = self._settled(buffer)
            buffer = buffer[done:]
            yield from ids
        yield from self.encode(buffer)

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the ids. Bytes that are no UTF-8 become U+FFFD.

        Raises ValueError that names an unknown id.
        """
        parts = []
        for token_id in ids:
            if token_id not in self.vocab:
                raise ValueError(f"unknown id {token_id}")
            parts.append(self.vocab[token_id])
        return b"".join(parts).decode("utf-8", errors="replace")

    def _encode_words(self, words: Iterable[str]) -> list[int]:
        """The ids of words, one word after the other.

        A helper, as are the three below; you may leave them out.
        """
        return [token_id for word in words for token_id in self._cached(word)]

    def _encode_word(self, word: str) -> list[int]:
        """The ids of a word. Raises ValueError that names a byte which is no token."""
        symbols = tuple(bytes([b]) for b in word.encode("utf-8"))
        while True:
            known = [pair for pair in pairwise(symbols) if pair in self._ranks]
            if not known:
                break
            symbols = merge_pair(symbols, min(known, key=self._ranks.__getitem__))
        word_ids = []
        for symbol in symbols:
            if symbol not in self._id_of:
                raise ValueError(f"{symbol!r} is no token")
            word_ids.append(self._id_of[symbol])
        return word_ids

    def _settled(self, text: str) -> tuple[list[int], int]:
        """What more text cannot change: its ids, and the place in the text up to which it goes."""
        settled_ids = []
        start = 0
        while True:
            end = self._undecided(text, start)
            found = self._specials.search(text, start)
            if found is None or found.start() >= end:
                break
            ahead = split_words(text[start : found.start()], self.pattern)
            settled_ids += self._encode_words(ahead)
            settled_ids.append(self._special_id[found.group()])
            start = found.end()

        matches = [m for m in regex.finditer(self.pattern, text[start:end]) if m.group()]
        offset = start
        for m in matches[:-2]:
            settled_ids += self._encode_words([m.group()])
            start = offset + m.end()
        return settled_ids, start

    def _undecided(self, text: str, start: int) -> int:
        """The first place from which more text may make a special token, or a longer one."""
        longest = max((len(token) for token in self.special_tokens), default=0)
        for place in range(max(start, len(text) - longest + 1), len(text)):
            rest = text[place:]
            for token in self.special_tokens:
                if len(rest) < len(token) and token.startswith(rest):
                    return place
        return len(text)
