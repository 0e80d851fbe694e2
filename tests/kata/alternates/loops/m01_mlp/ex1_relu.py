"""Exercise 1: relu."""

import torch
from jaxtyping import Float
from torch import Tensor

from milestones.m01_mlp.rows import apply_to_rows


def relu_of_one_row(row: Float[Tensor, " n"]) -> Float[Tensor, " n"]:
    is_negative = row < 0
    nothing = torch.zeros_like(row)
    return torch.where(is_negative, nothing, row)


def relu(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    return apply_to_rows(relu_of_one_row, x)
