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
        raise NotImplementedError

    def encode(self, text: str) -> list[int]:
        """The ids of a text. In each word the earliest learned pair is merged first.

        Of special tokens the leftmost is found first, of those that begin at one place the longest.

        Raises ValueError that names a byte which is no token.
        """
        raise NotImplementedError

    def encode_stream(self, chunks: Iterable[str]) -> Iterator[int]:
        """The ids of the joined text, one by one, however it is cut into chunks.

        A chunk is read only when its ids are asked for, and nothing is kept but what may still
        change: the last two words, and what may become a special token.

        This holds for every pattern in which a word depends on at most the two words after it, and
        on nothing before it, such as PATTERN. A pattern may leave out what stands between words.
        """
        raise NotImplementedError

    def decode(self, ids: Iterable[int]) -> str:
        """The text of the ids. Bytes that are no UTF-8 become U+FFFD.

        Raises ValueError that names an unknown id.
        """
        raise NotImplementedError

    def _encode_words(self, words: Iterable[str]) -> list[int]:
        """The ids of words, one word after the other.

        A helper, as are the three below; you may leave them out.
        """
        raise NotImplementedError

    def _encode_word(self, word: str) -> list[int]:
        """The ids of a word. Raises ValueError that names a byte which is no token."""
        raise NotImplementedError

    def _settled(self, text: str) -> tuple[list[int], int]:
        """What more text cannot change: its ids, and the place in the text up to which it goes."""
        raise NotImplementedError

    def _undecided(self, text: str, start: int) -> int:
        """The first place from which more text may make a special token, or a longer one."""
        raise NotImplementedError
