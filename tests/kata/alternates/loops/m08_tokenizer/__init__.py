"""Milestone 8 with ids instead of bytes, loops, and one merge at a time."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

import regex

PATTERN = r"""'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"""


def split_words(text: str, pattern: str = PATTERN) -> list[str]:
    words = []
    for match in regex.compile(pattern).finditer(text):
        start, end = match.span()
        if end > start:
            words.append(text[start:end])
    return words


def count_pairs(words: Mapping[tuple[bytes, ...], int]) -> Counter[tuple[bytes, bytes]]:
    counts = {}
    for symbols in words:
        for i in range(len(symbols) - 1):
            pair = (symbols[i], symbols[i + 1])
            counts[pair] = counts.get(pair, 0) + words[symbols]
    return Counter(counts)


def merge_pair(symbols: tuple[bytes, ...], pair: tuple[bytes, bytes]) -> tuple[bytes, ...]:
    left, right = pair
    out = []
    skip = False
    for i, symbol in enumerate(symbols):
        if skip:
            skip = False
            continue
        if symbol == left and i + 1 < len(symbols) and symbols[i + 1] == right:
            out.append(left + right)
            skip = True
        else:
            out.append(symbol)
    return tuple(out)


def check_special(special_tokens):
    seen = set()
    for token in special_tokens:
        if token == "":
            raise ValueError("a special token is empty")
        if token in seen:
            raise ValueError(f"the special token {token} is there twice")
        seen.add(token)


def longest_at(text, place, special_tokens):
    """The longest special token that stands at that place, or None."""
    best = None
    for token in special_tokens:
        if text.startswith(token, place) and (best is None or len(token) > len(best)):
            best = token
    return best


def parts_of(text, special_tokens):
    """What is between special tokens."""
    parts = []
    start = place = 0
    while place < len(text):
        token = longest_at(text, place, special_tokens)
        if token is None:
            place += 1
            continue
        parts.append(text[start:place])
        place += len(token)
        start = place
    parts.append(text[start:])
    return parts


def train_bpe(
    text: str, vocab_size: int, special_tokens: Sequence[str] = (), pattern: str = PATTERN
) -> tuple[dict[int, bytes], list[tuple[bytes, bytes]]]:
    check_special(special_tokens)
    if vocab_size < 256 + len(special_tokens):
        raise ValueError(
            f"expected a vocabulary of at least {256 + len(special_tokens)}, got {vocab_size}"
        )
    frequency = {}
    for part in parts_of(text, special_tokens):
        for word in split_words(part, pattern):
            frequency[word] = frequency.get(word, 0) + 1
    words = [[list(word.encode("utf-8")), count] for word, count in frequency.items()]
    vocab = {byte: bytes([byte]) for byte in range(256)}
    merges = []
    while len(vocab) + len(special_tokens) < vocab_size:
        counts = {}
        for ids, count in words:
            for i in range(len(ids) - 1):
                pair = vocab[ids[i]], vocab[ids[i + 1]]
                counts[pair] = counts.get(pair, 0) + count
        if not counts:
            break
        best = None
        for pair in counts:
            if best is None or (counts[pair], pair) > (counts[best], best):
                best = pair
        new = len(vocab)
        for entry in words:
            ids, out, i = entry[0], [], 0
            while i < len(ids):
                here = tuple(vocab[id] for id in ids[i : i + 2])
                if here == best:
                    out.append(new)
                    i += 2
                else:
                    out.append(ids[i])
                    i += 1
            entry[0] = out
        vocab[new] = best[0] + best[1]
        merges.append(best)
    for token in special_tokens:
        vocab[len(vocab)] = token.encode("utf-8")
    return vocab, merges


class Tokenizer:
    def __init__(
        self,
        vocab: Mapping[int, bytes],
        merges: Sequence[tuple[bytes, bytes]],
        special_tokens: Sequence[str] = (),
        pattern: str = PATTERN,
    ) -> None:
        check_special(special_tokens)
        self.vocab, self.merges = vocab, merges
        self.special_tokens, self.pattern = special_tokens, pattern
        self.id_of = {}
        self.special_id = {}
        for id, token in vocab.items():
            if token not in self.id_of:
                self.id_of[token] = id
            for special in special_tokens:
                if special.encode("utf-8") == token:
                    self.special_id[special] = id
        for special in special_tokens:
            if special not in self.special_id:
                raise ValueError(f"{special} is not in the vocabulary")
        self.rank = {}
        for i, pair in enumerate(merges):
            self.rank[tuple(pair)] = i
        self.known = {}

    def encode(self, text: str) -> list[int]:
        return list(self._encode(text))

    def _encode(self, text):
        start = place = 0
        while place < len(text):
            token = longest_at(text, place, self.special_tokens)
            if token is None:
                place += 1
                continue
            for word in split_words(text[start:place], self.pattern):
                yield from self.word(word)
            yield self.special_id[token]
            place += len(token)
            start = place
        for word in split_words(text[start:], self.pattern):
            yield from self.word(word)

    def word(self, word):
        if word in self.known:
            return self.known[word]
        parts = []
        for byte in word.encode("utf-8"):
            if bytes([byte]) not in self.id_of:
                raise ValueError(f"no token for the byte {byte}")
            parts.append(bytes([byte]))
        while True:
            place, lowest = None, float("inf")
            for i in range(len(parts) - 1):
                rank = self.rank.get((parts[i], parts[i + 1]))
                if rank is not None and rank < lowest:
                    place, lowest = i, rank
            if place is None:
                break
            parts[place : place + 2] = [parts[place] + parts[place + 1]]
        ids = [self.id_of[part] for part in parts]
        if len(self.known) < 10_000:
            self.known[word] = ids
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        joined = bytearray()
        for id in ids:
            try:
                joined += self.vocab[id]
            except KeyError:
                raise ValueError(f"there is no token {id}") from None
        return joined.decode("utf-8", "replace")

    def encode_stream(self, chunks: Iterable[str]) -> Iterator[int]:
        waiting = ""
        for chunk in chunks:
            waiting += chunk
            start = place = 0
            while place < len(waiting):
                if self.may_begin_here(waiting[place:]):
                    break
                token = longest_at(waiting, place, self.special_tokens)
                if token is None:
                    place += 1
                    continue
                for word in split_words(waiting[start:place], self.pattern):
                    yield from self.word(word)
                yield self.special_id[token]
                place += len(token)
                start = place
            matches = []
            for match in regex.finditer(self.pattern, waiting[start:place]):
                if match.group():
                    matches.append(match)
            done = start
            for match in matches[: max(0, len(matches) - 2)]:
                yield from self.word(match.group())
                done = start + match.end()
            waiting = waiting[done:]
        yield from self._encode(waiting)

    def may_begin_here(self, rest):
        """Whether a special token begins with all the rest of the text, and is longer."""
        for token in self.special_tokens:
            if len(token) > len(rest) and token[: len(rest)] == rest:
                return True
        return False


def printable_bytes() -> dict[int, str]:
    table, n = {}, 0
    for byte in range(256):
        if 33 <= byte <= 126 or 161 <= byte <= 172 or byte >= 174:
            table[byte] = chr(byte)
        else:
            table[byte] = chr(256 + n)
            n += 1
    return table


def load_gpt2_tokenizer(vocab: Mapping[str, int], merges: Sequence[str]) -> Tokenizer:
    byte_of = {}
    for byte, character in printable_bytes().items():
        byte_of[character] = byte
    turned = {}
    for token in vocab:
        turned[vocab[token]] = bytes([byte_of[character] for character in token])
    pairs = []
    for number, line in enumerate(merges):
        if number == 0 and line[:8] == "#version":
            continue
        line = line.rstrip("\r\n")
        if line == "":
            continue
        left, right = line.split(" ")
        pairs.append((bytes([byte_of[c] for c in left]), bytes([byte_of[c] for c in right])))
    special_tokens = []
    if "<|endoftext|>" in vocab:
        special_tokens.append("<|endoftext|>")
    return Tokenizer(turned, pairs, special_tokens)
