"""Positions from sines: the table that needs no training.

Nothing earlier is needed.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def sinusoidal_positions(seq: int, d_model: int) -> Float[Tensor, "seq d_model"]:
    n_pairs = (d_model + 1) // 2
    exponents = torch.arange(n_pairs, dtype=torch.float64) * 2 / d_model  # (pairs,)
    rates = torch.pow(10_000.0, -exponents)
    steps = torch.arange(seq, dtype=torch.float64)
    angles = torch.outer(steps, rates)  # (seq, pairs)
    waves = torch.stack([angles.sin(), angles.cos()], dim=-1)  # (seq, pairs, 2)
    return waves.flatten(1)[:, :d_model].to(torch.get_default_dtype())
