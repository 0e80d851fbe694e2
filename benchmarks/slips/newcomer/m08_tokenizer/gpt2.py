"""GPT-2's own vocabulary, from its files.

Uses Tokenizer.
"""

from collections.abc import Mapping, Sequence

from milestones.m08_tokenizer.tokenizer import Tokenizer

END_OF_TEXT = "<|endoftext|>"


def printable_bytes() -> dict[int, str]:  # given
    """The character that stands for each byte in GPT-2's files.

    A byte that is printable in Latin-1 stands for itself, the n-th of the others is the character
    256 + n: a space is Ġ.

    Source: the authors' code (bytes_to_unicode).
    """
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [b for b in range(256) if b not in printable]
    return {b: chr(b) for b in printable} | {b: chr(256 + n) for n, b in enumerate(others)}


def load_gpt2_tokenizer(vocab: Mapping[str, int], merges: Sequence[str]) -> Tokenizer:
    """GPT-2's tokenizer, or another one in its format.

    vocab: the contents of `vocab.json`. merges: the lines of `merges.txt`, two parts each. A first
    line that begins with #version is no merge, nor is a blank line. In both, each character stands
    for the byte that `printable_bytes` says. Where <|endoftext|> is in the vocabulary it is
    special.

    Example: the line "Ġ t" is the merge (b" ", b"t").

    Source: Radford et al. 2019, section 2.2, and the authors' code.
    """
    byte_of = {char: byte for byte, char in printable_bytes().items()}

    def to_bytes(token: str) -> bytes:
        return bytes(byte_of[char] for char in token)

    lines = list(merges)
    if lines and lines[0].startswith("#version"):
        lines = lines[1:]
    pairs = []
    for line in lines:
        if not line.strip():
            continue
        left, right = line.split()
        pairs.append((to_bytes(left), to_bytes(right)))

    id_to_bytes = {token_id: to_bytes(token) for token, token_id in vocab.items()}
    special_tokens = [END_OF_TEXT] if END_OF_TEXT in vocab else []
    return Tokenizer(id_to_bytes, pairs, special_tokens)
