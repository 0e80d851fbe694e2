"""From one long text to batches: two parts, and windows drawn at random."""

import torch
from jaxtyping import Int
from torch import Tensor


def train_val_split(
    data: Int[Tensor, " n"], val_fraction: float
) -> tuple[Int[Tensor, " train"], Int[Tensor, " val"]]:
    total = data.shape[0]
    n_val = round(total * val_fraction)
    head, tail = torch.split(data, [total - n_val, n_val])
    return head, tail


def get_batch(
    data: Int[Tensor, " n"],
    batch_size: int,
    context_length: int,
    generator: torch.Generator | None = None,
) -> tuple[Int[Tensor, "batch context_length"], Int[Tensor, "batch context_length"]]:
    places = data.shape[0] - context_length
    if places < 1:
        raise ValueError(
            f"no window fits: n is {data.shape[0]}, context_length is {context_length}"
        )
    draw_on = "cpu" if generator is None else generator.device
    starts = torch.randint(places, (batch_size, 1), generator=generator, device=draw_on)
    spots = starts.to(data.device) + torch.arange(context_length, device=data.device)
    return data[spots], data[spots + 1]
