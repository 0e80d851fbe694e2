"""Exercise 2: gelu, with exp in place of tanh.

    (1 + tanh u) / 2  =  1 / (1 + e^(-2u))  =  e^(2u) / (e^(2u) + 1)

The first fraction is safe where u is positive, the second where it is negative.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from milestones.m01_mlp.rows import apply_to_rows


def gelu_of_one_row(row: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    cube = row * row * row
    bent = row + 0.044715 * cube
    u = math.sqrt(2 / math.pi) * bent
    u_is_negative = u < 0
    distance = torch.where(u_is_negative, -u, u)
    small = torch.exp(-2 * distance)  # between 0 and 1, so it never overflows
    top = torch.where(u_is_negative, small, torch.ones_like(small))
    gate = top / (1 + small)
    return row * gate


def gelu(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    return apply_to_rows(gelu_of_one_row, x)
