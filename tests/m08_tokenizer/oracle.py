"""What is right, by the definition: slow, and nothing of the learner's."""

import gc
import sys
from collections import Counter
from itertools import pairwise
from types import FunctionType, ModuleType

import regex

from kata import check

GPT2 = r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"


def spelled(word):
    """The word's bytes, each a symbol: "low" is (b"l", b"o", b"w")."""
    return tuple(bytes([byte]) for byte in word.encode())


def merged(symbols, pair):
    if len(symbols) < 2:
        return symbols
    if symbols[:2] == pair:
        return (pair[0] + pair[1], *merged(symbols[2:], pair))
    return (symbols[0], *merged(symbols[1:], pair))


def cut(text, special_tokens):
    """The text cut at its special tokens, which stay: they are in the odd places."""
    longest_first = sorted(special_tokens, key=len, reverse=True)
    if not longest_first:
        return [text]
    return regex.split("(" + "|".join(map(regex.escape, longest_first)) + ")", text)


def words_of(text, special_tokens=(), pattern=GPT2):
    parts = cut(text, special_tokens)[::2]
    return [word[0] for part in parts for word in regex.finditer(pattern, part) if word[0]]


def trained(text, n_merges, special_tokens=(), pattern=GPT2):
    """The merges, counting everything anew after each."""
    words = Counter(map(spelled, words_of(text, special_tokens, pattern)))
    merges = []
    for _ in range(n_merges):
        counts = Counter()
        for symbols, count in words.items():
            for pair in pairwise(symbols):
                counts[pair] += count
        if not counts:
            break
        merges.append(max(counts, key=lambda pair: (counts[pair], pair)))
        words = Counter({merged(symbols, merges[-1]): n for symbols, n in words.items()})
    return merges


def vocabulary(merges, special_tokens=()):
    tokens = [bytes([byte]) for byte in range(256)]
    tokens += [left + right for left, right in merges]
    tokens += [token.encode() for token in special_tokens]
    return dict(enumerate(tokens))


def encoded(text, vocab, merges, special_tokens=(), pattern=GPT2):
    first, last = {}, {}
    for id, token in vocab.items():
        first.setdefault(token, id)
        last[token] = id
    found = []
    for place, part in enumerate(cut(text, special_tokens)):
        if place % 2:
            found.append(last[part.encode()])
            continue
        for word in words_of(part, pattern=pattern):
            symbols = spelled(word)
            while known := [pair for pair in pairwise(symbols) if pair in merges]:
                symbols = merged(symbols, min(known, key=merges.index))
            found += [first[symbol] for symbol in symbols]
    return found


def check_that_it_names(byte, call, *args):
    """A ValueError whose message names the byte, as a number, in hex or as Python writes it."""
    message = ""

    def noting():
        nonlocal message
        try:
            return call(*args)
        except ValueError as error:
            message = str(error)
            raise

    check.raises(ValueError, noting)
    spellings = (str(byte), f"{byte:x}", f"0x{byte:x}", rf"\\?x{byte:x}", repr(bytes([byte])))
    named = any(
        regex.search(rf"(?<![0-9a-f]){regex.escape(each)}(?![0-9a-f])", message.lower())
        for each in spellings
    )
    check.equal(named, True, hint=f"The message does not name the byte {byte}: {message!r}")


def held_by(stream):
    """How many bytes an iterator keeps alive, with all that it leads to but code and modules."""
    seen, found, size = set(), [stream], 0
    while found:
        each = found.pop()
        if id(each) not in seen and not isinstance(each, type | FunctionType | ModuleType):
            seen.add(id(each))
            size += sys.getsizeof(each)
            found += gc.get_referents(each)
    return size
