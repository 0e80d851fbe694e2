"""Exercise 6: a slope after the other, as the authors' code has it."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def slopes_of_a_power_of_two(n: int) -> list[float]:
    start = 2 ** (-8 / n)
    slopes = []
    slope = start
    for _ in range(n):
        slopes.append(slope)
        slope = slope * start
    return slopes


def alibi_slopes(n_heads: int) -> Float[Tensor, " heads"]:
    closest = 2 ** math.floor(math.log2(n_heads))
    slopes = slopes_of_a_power_of_two(closest)
    missing = n_heads - closest
    if missing > 0:
        more = slopes_of_a_power_of_two(2 * closest)
        slopes = slopes + more[0::2][:missing]
    return torch.tensor(slopes)
