"""Let the classifier you built judge film reviews: as a bag of words, and with attention.

    nox -s run -- m02                           about a minute on two cores
    nox -s run -- m02 --steps 500 --seed 1
    nox -s run -- m02 --data reviews            33,000 real reviews, fetched once

A small grammar writes the others, so that you know what decides each of them.
"""

import sys

import torch
from jaxtyping import Bool, Float
from rich.console import Console
from torch import Tensor

from kata.runs import ladder, review_sets, running
from milestones.m01_mlp import cross_entropy
from milestones.m02_self_attention import SequenceClassifier, attention_weights, masked_softmax

D_MODEL = 4  # in wide vectors every word likes itself by far the best, and nothing is mixed
LEARNING_RATE = 3e-3
STEPS = 8_000


def attend(
    x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "batch 1 seq"]
) -> Float[Tensor, "batch seq d_model"]:
    """Self-attention without parameters that sees no padding: the mixer."""
    return masked_softmax(x @ x.mT, mask) @ x


MODELS: dict[str, ladder.Build] = {
    "bag of words": lambda vocab_size: SequenceClassifier(vocab_size, D_MODEL, 2),
    "your self-attention": lambda vocab_size: SequenceClassifier(vocab_size, D_MODEL, 2, attend),
}


def kept(width: int) -> float:
    """The share that a random word gives to itself, among ten of that width."""
    return attention_weights(torch.randn(1000, 10, width)).diagonal(0, -2, -1).mean().item()


def main() -> None:
    purpose = "Train the classifier you built on film reviews, without and with attention."
    options = ladder.parser("m02", purpose, STEPS).parse_args()
    sets = {options.seed: review_sets.load(options.data, options.seed)}
    ladder.introduce(sets[options.seed])
    training = ladder.Training(options.steps, LEARNING_RATE, cross_entropy)
    Console().print(ladder.table(ladder.climb(MODELS, sets, training), sets))
    print("Of its attention a random word among ten keeps for itself:")
    print("  " + ", ".join(f"{kept(width):.0%} at width {width}" for width in (4, 8, 16)))


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m02"))
