"""Let the classifier you built judge film reviews: as a bag of words, and with attention.

    nox -s run -- m02                           about a minute on two cores
    nox -s run -- m02 --steps 500 --seed 1

A small grammar writes the reviews, so that you know what decides each of them.
"""

import argparse
import sys
from collections.abc import Callable, Iterator

import torch
from jaxtyping import Bool, Float, Int
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from torch import Tensor

from kata import reviews, running
from milestones.m01_mlp import cross_entropy
from milestones.m02_self_attention import SequenceClassifier, attention_weights, masked_softmax

N_TRAIN, N_VALIDATION = 8_000, 2_000
D_MODEL = 4  # in wide vectors every word likes itself by far the best, and nothing is mixed
BATCH_SIZE = 64
LEARNING_RATE = 3e-3
STEPS = 8_000


def attend(
    x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "batch 1 seq"]
) -> Float[Tensor, "batch seq d_model"]:
    """Self-attention without parameters that sees no padding: the mixer."""
    return masked_softmax(x @ x.mT, mask) @ x


MIXERS: dict[str, Callable[[Tensor, Tensor], Tensor] | None] = {
    "bag of words": None,
    "your self-attention": attend,
}


def train(
    model: SequenceClassifier,
    tokens: Int[Tensor, "reviews seq"],
    labels: Int[Tensor, " reviews"],
    steps: int,
) -> Iterator[float]:
    """Change the weights, step by step, so that the labels surprise the model less."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        batch = torch.randint(len(tokens), (BATCH_SIZE,))
        loss = cross_entropy(model(tokens[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        yield loss.item()


@torch.no_grad()
def accuracies(
    model: SequenceClassifier,
    tokens: Int[Tensor, "reviews seq"],
    written: list[reviews.Review],
) -> dict[str, float]:
    """The share of right verdicts on each kind of review, and on all."""
    verdicts = model(tokens).argmax(-1).tolist()
    right: dict[str, list[bool]] = {kind: [] for kind in [*reviews.KINDS, "all"]}
    for verdict, review in zip(verdicts, written, strict=True):
        right[review.kind].append(verdict == review.label)
        right["all"].append(verdict == review.label)
    return {kind: sum(hits) / max(1, len(hits)) for kind, hits in right.items()}


def kept(width: int) -> float:
    """The share that a random word gives to itself, among ten of that width."""
    return attention_weights(torch.randn(1000, 10, width)).diagonal(0, -2, -1).mean().item()


def percent(shares: dict[str, float]) -> list[str]:
    return [f"{share:.1%}" for share in shares.values()]


def main() -> None:
    purpose = "Train the classifier you built on synthetic reviews, without and with attention."
    parser = argparse.ArgumentParser("nox -s run -- m02", description=purpose)
    parser.add_argument("--steps", type=int, default=STEPS, help="default: %(default)s")
    parser.add_argument("--seed", type=int, default=0, help="default: %(default)s")
    options = parser.parse_args()
    if options.steps < 1:
        parser.error(f"--steps: expected a whole number from 1 up, got {options.steps}")

    written = reviews.write(N_TRAIN + N_VALIDATION, options.seed)
    vocabulary = reviews.Vocabulary.of(written)
    tokens = vocabulary.encode(written)  # (reviews, seq)
    labels = torch.tensor([review.label for review in written])
    print(f"{N_TRAIN:,} synthetic reviews to learn from, {N_VALIDATION:,} others to judge:")
    for kind in reviews.KINDS:
        review = min((r for r in written if r.kind == kind), key=lambda r: len(r.text))
        print(f"  {kind:8} {'for' if review.label else 'against':8} {review.text}")

    table = Table("model", box=SIMPLE, title="Right verdicts on the synthetic reviews not seen")
    for column in ("parameters", *reviews.KINDS, "all"):
        table.add_column(column, justify="right")
    for name, mixer in MIXERS.items():
        torch.manual_seed(options.seed)  # the same first weights and batches for both
        model = SequenceClassifier(len(vocabulary), D_MODEL, 2, mixer)
        for _ in running.watch(
            train(model, tokens[:N_TRAIN], labels[:N_TRAIN], options.steps), options.steps
        ):
            pass
        shares = accuracies(model, tokens[N_TRAIN:], written[N_TRAIN:])
        n_parameters = sum(parameter.numel() for parameter in model.parameters())
        table.add_row(name, f"{n_parameters:,}", *percent(shares))
    table.add_row("best without word order", "", *percent(reviews.ORDER_BLIND))
    Console().print(table)
    print("Of its attention a random word among ten keeps for itself:")
    print("  " + ", ".join(f"{kept(width):.0%} at width {width}" for width in (4, 8, 16)))


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m02"))
