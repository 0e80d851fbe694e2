"""Attention that can be learned: what a position asks, how it is found, what it hands over.

Uses Linear from milestone 1, masked_softmax from milestone 2, and heads.py.
"""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m01_mlp import Linear
from milestones.m02_self_attention import masked_softmax
from milestones.m03_multi_head_attention.heads import merge_heads, split_heads


def scaled_dot_product_attention(
    q: Float[Tensor, "... query d_head"],
    k: Float[Tensor, "... key d_head"],
    v: Float[Tensor, "... key d_value"],
    mask: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "... query d_value"]:
    r"""Each query takes a weighted mean of the values, by how well it matches their keys.

    $\mathrm{softmax}\left(\frac{q k^\top}{\sqrt{d_\mathrm{head}}}\right) v$

    mask: True where a query may attend to a key; broadcasts to "... query key". A query that
    may attend to nothing gets zeros.

    Example: q [[2, 0]] and k = v = [[1, 0], [0, 1]] give [[0.8044, 0.1956]].

    Source: Vaswani et al. 2017, section 3.2.1, equation 1.
    """
    scores = q / math.sqrt(q.size(-1)) @ k.mT  # (..., query, key)
    weights = torch.softmax(scores, dim=-1) if mask is None else masked_softmax(scores, mask)
    return weights @ v  # (..., query, d_value)


class AttentionHead(nn.Module):
    r"""One head of self-attention, with queries, keys and values of its own.

    $\mathrm{head}(x) = \mathrm{attention}(\mathrm{q\_proj}(x), \mathrm{k\_proj}(x),
    \mathrm{v\_proj}(x))$

    q_proj, k_proj, v_proj: Linear(d_model, d_head). mask: broadcasts to "... seq seq".

    Source: Vaswani et al. 2017, section 3.2.2.
    """

    def __init__(self, d_model: int, d_head: int) -> None:
        super().__init__()
        self.q_proj = Linear(d_model, d_head)
        self.k_proj = Linear(d_model, d_head)
        self.v_proj = Linear(d_model, d_head)

    def forward(
        self, x: Float[Tensor, "... seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "... seq d_head"]:
        return scaled_dot_product_attention(self.q_proj(x), self.k_proj(x), self.v_proj(x), mask)


class MultiHeadAttention(nn.Module):
    r"""Several heads side by side, each in its own slice of the width, mixed at the end.

    $\mathrm{o\_proj}([\mathrm{head}_1; \dots; \mathrm{head}_n])$

    q_proj, k_proj, v_proj, o_proj: Linear(d_model, d_model), all with a bias or all without.
    n_heads: the number of heads.
    context: where keys and values come from (cross-attention); None is x itself.
    mask: True where a query may attend to a key; anything that broadcasts to "batch query key",
    the same for every head.

    Raises ValueError at construction where d_model is not divisible by n_heads, with both
    numbers.

    Source: Vaswani et al. 2017, section 3.2.2.
    """

    def __init__(self, d_model: int, n_heads: int, bias: bool = True) -> None:
        super().__init__()
        if d_model % n_heads:
            raise ValueError(f"d_model ({d_model}) must be divisible by n_heads ({n_heads})")
        self.n_heads = n_heads
        self.q_proj = Linear(d_model, d_model, bias)
        self.k_proj = Linear(d_model, d_model, bias)
        self.v_proj = Linear(d_model, d_model, bias)
        self.o_proj = Linear(d_model, d_model, bias)

    def forward(
        self,
        x: Float[Tensor, "batch query d_model"],
        mask: Bool[Tensor, "..."] | None = None,
        context: Float[Tensor, "batch key d_model"] | None = None,
    ) -> Float[Tensor, "batch query d_model"]:
        if context is None:
            context = x
        if mask is not None:
            mask = mask.expand(len(x), x.size(1), context.size(1))  # (batch, query, key)
            mask = mask.unsqueeze(1)  # (batch, 1, query, key)
        q = split_heads(self.q_proj(x), self.n_heads)  # (batch, heads, query, d_head)
        k = split_heads(self.k_proj(context), self.n_heads)  # (batch, heads, key, d_head)
        v = split_heads(self.v_proj(context), self.n_heads)  # (batch, heads, key, d_head)
        out = scaled_dot_product_attention(q, k, v, mask)  # (batch, heads, query, d_head)
        return self.o_proj(merge_heads(out))  # (batch, query, d_model)
