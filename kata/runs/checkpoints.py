"""What `nox -s run -- m07` left behind: sizes and weights of a learner's own GPT, and its text."""

from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from kata.errors import KataError
from kata.files import read_json
from kata.paths import relative
from kata.runs import corpora
from kata.runs.characters import Characters

AGAIN = "nox -s run -- m07 writes a new one."


class CheckpointError(KataError):
    """The checkpoint cannot be looked into."""


class Trained(NamedTuple):
    sizes: dict[str, Any]  # under the names of GPTConfig
    weights: dict[str, Tensor]  # under those of GPT
    corpus: corpora.Corpus
    characters: Characters


def load(path: Path) -> Trained:
    """The checkpoint at `path`, with the run.json beside it. Raises CheckpointError."""
    settings = path.with_name("run.json")
    try:
        run = read_json(settings)
        sizes, corpus = dict(run["gpt"]), corpora.load(str(run["corpus"]))
    except (ValueError, TypeError, KeyError):  # of another kind, or of a run before sizes were kept
        raise CheckpointError(f"{relative(settings)} tells no sizes of a GPT: {AGAIN}") from None
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)["model"]
    except Exception as error:  # pickle's, zip's and PyTorch's own have no base in common
        problem = f"{relative(path)} cannot be read: {type(error).__name__}. {AGAIN}"
        raise CheckpointError(problem) from None
    characters = Characters.of(corpus.text)
    if len(characters) != sizes.get("vocab_size"):
        raise CheckpointError(f"{corpus.name} has other characters than {relative(path)}. {AGAIN}")
    return Trained(sizes, weights, corpus, characters)
