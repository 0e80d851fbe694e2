"""Milestone 7 as a functional programmer writes it: what changes nothing is here."""

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from jaxtyping import Int
from torch import Tensor


def train_val_split(
    data: Int[Tensor, " n"], val_fraction: float
) -> tuple[Int[Tensor, " train"], Int[Tensor, " val"]]:
    n_val = round(len(data) * val_fraction)
    train, val = data.split([len(data) - n_val, n_val])
    return train, val


def get_batch(
    data: Int[Tensor, " n"],
    batch_size: int,
    context_length: int,
    generator: torch.Generator | None = None,
) -> tuple[Int[Tensor, "batch context_length"], Int[Tensor, "batch context_length"]]:
    places = len(data) - context_length
    if places < 1:
        raise ValueError(f"{len(data)} tokens hold no window of context_length {context_length}")
    starts = torch.randint(places, (batch_size, 1), generator=generator)
    index = starts + torch.arange(context_length)  # (batch, context_length)
    return data[index], data[index + 1]


def warmup_cosine(
    step: int, max_lr: float, min_lr: float, warmup_steps: int, total_steps: int
) -> float:
    if step < warmup_steps:
        return max_lr * step / warmup_steps
    if step >= total_steps:
        return min_lr
    progress = (step - warmup_steps) / (total_steps - warmup_steps)
    return min_lr + (max_lr - min_lr) * 0.5 * (1 + math.cos(math.pi * progress))


def suggest_lr(lrs: Sequence[float], losses: Sequence[float]) -> float:
    points = [(lr, loss) for lr, loss in zip(lrs, losses, strict=True) if math.isfinite(loss)]

    def slope(pair: tuple[tuple[float, float], tuple[float, float]]) -> float:
        (lr, loss), (next_lr, next_loss) = pair
        return (next_loss - loss) / (math.log(next_lr) - math.log(lr))

    (steepest, _), _ = min(pairwise(points), key=slope)
    return steepest
