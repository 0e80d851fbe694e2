"""Exercise 3: an angle after the other."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor


def rotary_angles(
    positions: Int[Tensor, " seq"], d_head: int, base: float = 10000.0
) -> tuple[Float[Tensor, "seq pairs"], Float[Tensor, "seq pairs"]]:
    if d_head % 2 != 0:
        message = f"{d_head} is odd"
        raise ValueError(message)
    pairs = d_head // 2
    cos = torch.zeros(len(positions), pairs, dtype=torch.float32, device=positions.device)
    sin = torch.zeros(len(positions), pairs, dtype=torch.float32, device=positions.device)
    for row, position in enumerate(positions.tolist()):
        for pair in range(pairs):
            angle = position / base ** (2 * pair / d_head)
            cos[row, pair] = math.cos(angle)
            sin[row, pair] = math.sin(angle)
    return cos, sin
