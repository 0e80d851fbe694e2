"""Exercise 2: dropout, a coin for each number."""

from typing import no_type_check

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Dropout(nn.Module):
    def __init__(self, p: float) -> None:
        super().__init__()
        if p < 0.0:
            raise ValueError(f"p is {p}, which is below zero")
        if p >= 1.0:
            raise ValueError(f"p is {p}, but something must be kept")
        self.p = p

    @no_type_check  # for one number a check would take longer
    def one_factor(self) -> float:
        coin = torch.rand(1).item()
        if coin < self.p:
            return 0.0
        return 1.0 / (1.0 - self.p)

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        if self.training:
            factors = []
            for _ in range(x.numel()):
                factors.append(self.one_factor())
            mask = torch.tensor(factors, dtype=x.dtype, device=x.device).reshape(x.shape)
            return x * mask
        return x
