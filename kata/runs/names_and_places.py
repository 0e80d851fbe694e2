"""A task whose answer only the text can tell: two people, one gives, and the other receives.

"then A and B went to PLACE . S gave OBJ to", where S is A or B by chance: the answer is the other.
After the prompts of Wang et al. 2022, "Interpretability in the Wild".
"""

from typing import NamedTuple

import torch
from jaxtyping import Int
from torch import Tensor

NAMES = [
    "Adam", "Alice", "Anna", "Ben", "Carl", "Clara", "David", "Emma", "Eric", "Frank", "George",
    "Grace", "Henry", "Jack", "James", "Jane", "John", "Kate", "Laura", "Lisa", "Lucy", "Mark",
    "Mary", "Nina", "Paul", "Peter", "Rose", "Sarah", "Simon", "Tom",
]  # fmt: skip
PLACES = ["school", "town", "church", "work", "lunch", "court"]
THINGS = ["bread", "water", "money", "books", "flowers", "letters"]
WORDS = [*NAMES, *PLACES, *THINGS, "then", "and", "went", "to", ".", "gave"]
IDS = {word: id for id, word in enumerate(WORDS)}
FIRST, SECOND, GIVER, LAST = 1, 3, 8, 11  # where the names stand, and where the answer is due


class Prompts(NamedTuple):
    tokens: Int[Tensor, "batch 12"]
    receiver: Int[Tensor, " batch"]
    giver: Int[Tensor, " batch"]


def draw(batch: int, generator: torch.Generator) -> Prompts:
    """Prompts of random names, places and things; no name stands for both people."""

    def some(words: list[str]) -> list[int]:
        return torch.randint(len(words), (batch,), generator=generator).tolist()

    rows = []
    for place, thing, first in zip(some(PLACES), some(THINGS), some(["A", "B"]), strict=True):
        a, b = torch.randperm(len(NAMES), generator=generator)[:2].tolist()
        giver = NAMES[a if first else b]
        text = f"then {NAMES[a]} and {NAMES[b]} went to {PLACES[place]} . {giver} gave "
        rows.append([IDS[word] for word in f"{text}{THINGS[thing]} to".split()])
    return of(torch.tensor(rows))


def of(tokens: Int[Tensor, "batch 12"]) -> Prompts:
    first, second, giver = tokens[:, FIRST], tokens[:, SECOND], tokens[:, GIVER]
    return Prompts(tokens, torch.where(giver == first, second, first), giver)


def with_the_other_giver(prompts: Prompts) -> Prompts:
    """The same prompts, but that who gave receives."""
    tokens = prompts.tokens.clone()
    tokens[:, GIVER] = prompts.receiver
    return of(tokens)
