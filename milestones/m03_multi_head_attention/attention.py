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
    raise NotImplementedError


class AttentionHead(nn.Module):
    r"""One head of self-attention, with queries, keys and values of its own.

    $\mathrm{head}(x) = \mathrm{attention}(\mathrm{q\_proj}(x), \mathrm{k\_proj}(x),
    \mathrm{v\_proj}(x))$

    q_proj, k_proj, v_proj: Linear(d_model, d_head). mask: broadcasts to "... seq seq".

    Source: Vaswani et al. 2017, section 3.2.2.
    """

    def __init__(self, d_model: int, d_head: int) -> None:
        raise NotImplementedError

    def forward(
        self, x: Float[Tensor, "... seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "... seq d_head"]:
        raise NotImplementedError


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
        raise NotImplementedError

    def forward(
        self,
        x: Float[Tensor, "batch query d_model"],
        mask: Bool[Tensor, "..."] | None = None,
        context: Float[Tensor, "batch key d_model"] | None = None,
    ) -> Float[Tensor, "batch query d_model"]:
        raise NotImplementedError
