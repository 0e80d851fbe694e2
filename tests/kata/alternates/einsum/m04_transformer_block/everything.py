"""Milestone 4 as a mathematician writes it: one line an equation, one page in all."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, einsum, nn

from milestones.m01_mlp import MLP
from milestones.m03_multi_head_attention import MultiHeadAttention


class LayerNorm(nn.Module):
    def __init__(self, d_model: int, eps: float = 1e-5):
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.weight = nn.Parameter(torch.ones(d_model))
        self.eps = eps

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        d = x.shape[-1]
        z = x - einsum("...d->...", x)[..., None] / d
        s2 = einsum("...d,...d->...", z, z)[..., None] / d
        return torch.addcmul(self.bias, self.weight, z / torch.sqrt(s2 + self.eps))


class Dropout(nn.Module):
    def __init__(self, p: float):
        super().__init__()
        if p < 0 or p >= 1:
            raise ValueError(f"{p} is no probability below one")
        self.p = p

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        q = 1 - self.p if self.training else 1.0
        m = torch.empty(x.shape, dtype=x.dtype, device=x.device).bernoulli_(q)
        return m / q * x


class Block(nn.Module):
    def __init__(self, d_model: int, n_heads: int, d_hidden: int | None = None, dropout=0.0):
        super().__init__()
        self.mlp = MLP(d_model, d_hidden if d_hidden is not None else 4 * d_model)
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.mlp_norm, self.attention_norm = LayerNorm(d_model), LayerNorm(d_model)
        self.dropout = Dropout(dropout)


class TransformerBlock(Block):
    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        a = self.dropout(self.attention(self.attention_norm(x), mask))
        m = self.dropout(self.mlp(self.mlp_norm(x + a)))
        return x + a + m


class PostNormBlock(Block):
    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        y = self.attention_norm(self.dropout(self.attention(x, mask)) + x)
        return self.mlp_norm(self.dropout(self.mlp(y)) + y)
