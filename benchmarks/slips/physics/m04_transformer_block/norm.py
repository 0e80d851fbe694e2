"""Layer norm: every position back to mean 0 and variance 1, then scaled and shifted as learned."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class LayerNorm(nn.Module):
    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.eps = eps

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        u = x - x.mean(-1, keepdim=True)
        v = torch.einsum("...d,...d->...", u, u)[..., None] / x.shape[-1]
        y = u * torch.rsqrt(v + self.eps)
        return y * self.weight + self.bias
