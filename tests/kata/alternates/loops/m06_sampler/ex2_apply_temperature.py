"""Exercise 2: the temperature, one row at a time."""

import torch
from jaxtyping import Float
from torch import Tensor


def apply_temperature(
    logits: Float[Tensor, "batch vocab"], temperature: float | int
) -> Float[Tensor, "batch vocab"]:
    if temperature <= 0:
        raise ValueError("the temperature must be greater than 0")
    rows = []
    for row in logits:
        rows.append(row / temperature)
    return torch.stack(rows)
