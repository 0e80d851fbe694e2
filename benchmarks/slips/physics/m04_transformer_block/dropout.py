"""Dropout: in training some numbers go missing, so that no other can rely on them."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Dropout(nn.Module):
    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"p must lie in [0, 1), got {p}")
        self.p = p

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        if not self.training:
            return x
        m = torch.rand_like(x) >= self.p  # True: stays
        return torch.where(m, x, 0.0) / (1 - self.p)
