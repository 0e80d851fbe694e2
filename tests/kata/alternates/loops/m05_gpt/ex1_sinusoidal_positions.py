"""Exercise 1: the table of sines, one number at a time."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def sinusoidal_positions(seq: int, d_model: int) -> Float[Tensor, "seq d_model"]:
    rows = []
    for position in range(seq):
        row = []
        for column in range(d_model):
            pair = column // 2
            rate = 1 / 10000 ** (2 * pair / d_model)
            angle = position * rate
            if column % 2 == 0:
                row.append(math.sin(angle))
            else:
                row.append(math.cos(angle))
        rows.append(row)
    return torch.tensor(rows)
