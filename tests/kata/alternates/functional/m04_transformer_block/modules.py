"""Parameters, and which pure functions they are for."""

from collections.abc import Callable
from functools import partial

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m01_mlp import MLP
from milestones.m03_multi_head_attention import MultiHeadAttention
from milestones.m04_transformer_block.pure import Map, post_norm, pre_norm, standardise, thin_out


class LayerNorm(nn.Module):
    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        self.weight = nn.Parameter(torch.ones(d_model))
        self.bias = nn.Parameter(torch.zeros(d_model))

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        return torch.addcmul(self.bias, standardise(x, self.eps), self.weight)


class Dropout(nn.Module):
    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"expected a probability from 0 up, below 1, got {p}")
        self.p = p

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        return thin_out(x, self.p) if self.training else x


class TransformerBlock(nn.Module):
    residual: Callable[[Map, Map, Map], Map] = staticmethod(pre_norm)

    def __init__(
        self, d_model: int, n_heads: int, d_hidden: int | None = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        width = 4 * d_model if d_hidden is None else d_hidden
        self.attention_norm, self.mlp_norm = LayerNorm(d_model), LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.mlp = MLP(d_model, width)
        self.dropout = Dropout(dropout)

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        attend = partial(self.attention, mask=mask)
        exchange = self.residual(self.attention_norm, attend, self.dropout)
        think = self.residual(self.mlp_norm, self.mlp, self.dropout)
        return think(exchange(x))


class PostNormBlock(TransformerBlock):
    residual = staticmethod(post_norm)
