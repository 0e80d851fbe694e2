"""Film reviews from a grammar: synthetic and seeded, and in half of them no single word decides.

Three kinds of review say what a model must understand to get them right:

    plain     the story was great .                                   the word alone
    negated   the story was not great .                               two words together
    but       the acting was not good , but the story was great .     the order, too

The second opinion of a "but" review decides. Without the order of its words it reads the same for
and against, so a model that is blind to order gets half of them right, whatever it learns.
"""

import random
import re
from collections import Counter
from dataclasses import dataclass
from typing import Self

import torch
from jaxtyping import Int
from torch import Tensor

KINDS = {"plain": 0.5, "negated": 0.3, "but": 0.2}
ORDER_BLIND = {"plain": 1.0, "negated": 1.0, "but": 0.5, "all": 0.9}  # the most it can get right
PAD = "<pad>"
MAX_WORDS = 10_000  # of a vocabulary

ASPECTS = (
    "acting", "camera", "cast", "dialogue", "direction", "ending", "film", "music", "pace", "plot",
    "script", "story",
)  # fmt: skip
GOOD = (
    "brilliant", "charming", "clever", "funny", "good", "great", "lovely", "moving", "superb",
    "thrilling",
)  # fmt: skip
BAD = (
    "awful", "bad", "boring", "clumsy", "dreadful", "dull", "lazy", "painful", "silly", "tedious",
)  # fmt: skip
NEGATIONS = ("not", "never", "hardly")
OPENINGS = (
    "", "", "i saw it last night .", "a friend took me along .", "we watched it twice .",
    "it runs for two long hours .", "honestly ,", "for what it is worth ,",
)  # fmt: skip


@dataclass(frozen=True)
class Review:
    text: str
    label: int  # 1 is for, 0 is against
    kind: str


@dataclass(frozen=True)
class Vocabulary:
    """Words in the order of their ids; id 0 is padding."""

    words: tuple[str, ...]

    @classmethod
    def of(cls, reviews: list[Review]) -> Self:
        """The words of the reviews, the most frequent if there are too many."""
        counts = Counter(word for review in reviews for word in review.text.split())
        return cls((PAD, *sorted(word for word, _ in counts.most_common(MAX_WORDS))))

    def __len__(self) -> int:
        return len(self.words)

    def encode(self, reviews: list[Review]) -> Int[Tensor, "batch seq"]:
        """One row for each review, filled up with padding to the length of the longest.

        Words that are not in the vocabulary are left out.
        """
        ids = {word: id for id, word in enumerate(self.words)}
        rows = [[ids[word] for word in review.text.split() if word in ids] for review in reviews]
        seq = max(map(len, rows))
        return torch.tensor([row + [0] * (seq - len(row)) for row in rows])


def spaced(text: str) -> str:
    """The text as reviews are kept: lower case, with a space between words and marks.

    Example: spaced("It wasn't good.") is "it wasn't good .".
    """
    return " ".join(re.findall(r"\w+(?:'\w+)*|[^\w\s]", text.lower()))


def write(count: int, seed: int) -> list[Review]:
    """So many reviews, no two the same, about half of them for; one seed always writes the same."""
    chance = random.Random(seed)
    kinds = chance.choices(list(KINDS), list(KINDS.values()), k=count)
    reviews: dict[Review, None] = {}  # a set that keeps its order
    for number, kind in enumerate(kinds):
        while len(reviews) == number:
            reviews[_review(kind, chance)] = None
    return list(reviews)


def _review(kind: str, chance: random.Random) -> Review:
    label = chance.randrange(2)
    first, second = chance.sample(ASPECTS, 2)
    if kind == "but":
        before = _opinion(first, 1 - label, chance.random() < 0.5, chance)
        text = f"{before} , but {_opinion(second, label, chance.random() < 0.5, chance)}"
    else:
        text = _opinion(first, label, kind == "negated", chance)
    return Review(f"{chance.choice(OPENINGS)} {text} .".strip(), label, kind)


def _opinion(aspect: str, label: int, negated: bool, chance: random.Random) -> str:
    """An opinion for (1) or against (0): a negated one takes its word from the other side."""
    word = chance.choice(GOOD if label != negated else BAD)
    how = [chance.choice(NEGATIONS)] if negated else []
    how += chance.choice([[], ["very"], ["really"], ["so"], ["quite"]])
    return " ".join(["the", aspect, "was", *how, word])
