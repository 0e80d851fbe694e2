"""The simplest tokens: every distinct character of a text is one."""

from dataclasses import dataclass
from typing import Self

import torch
from jaxtyping import Int
from torch import Tensor


@dataclass(frozen=True)
class Characters:
    """A vocabulary of characters; a token id is a character's place in `alphabet`.

    Example: Characters("abc").encode("cab") is [2, 0, 1].
    """

    alphabet: str

    @classmethod
    def of(cls, text: str) -> Self:
        """The characters of the text, in the order of their code points."""
        return cls("".join(sorted(set(text))))

    def __len__(self) -> int:
        return len(self.alphabet)

    def encode(self, text: str) -> Int[Tensor, " seq"]:
        """The ids of the text's characters. Raises ValueError that names an unknown one."""
        ids = {character: id for id, character in enumerate(self.alphabet)}
        try:
            return torch.tensor([ids[character] for character in text], dtype=torch.long)
        except KeyError as error:
            raise ValueError(
                f"the character {error.args[0]!r} is not one of the {len(self)} in this vocabulary"
            ) from None

    def decode(self, tokens: Int[Tensor, " seq"]) -> str:
        return "".join(self.alphabet[id] for id in tokens.tolist())
