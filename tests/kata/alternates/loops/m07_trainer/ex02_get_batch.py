"""Exercise 2: a batch, row by row."""

import torch
from jaxtyping import Int
from torch import Tensor


def get_batch(
    data: Int[Tensor, " n"],
    batch_size: int,
    context_length: int,
    generator: torch.Generator | None = None,
) -> tuple[Int[Tensor, "batch context_length"], Int[Tensor, "batch context_length"]]:
    last_start = len(data) - context_length - 1
    if last_start < 0:
        raise ValueError(f"{len(data)} tokens hold no window of {context_length}")
    inputs = []
    targets = []
    for _ in range(batch_size):
        start = int(torch.randint(0, last_start + 1, (1,), generator=generator))
        end = start + context_length
        inputs.append(data[start:end])
        targets.append(data[start + 1 : end + 1])
    return torch.stack(inputs), torch.stack(targets)
