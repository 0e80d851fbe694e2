"""Attention that can be learned: what a position asks, how it is found, what it hands over."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m01_mlp import Linear
from milestones.m03_multi_head_attention.heads import merge_heads, split_heads


def scaled_dot_product_attention(
    q: Float[Tensor, "... query d_head"],
    k: Float[Tensor, "... key d_head"],
    v: Float[Tensor, "... key d_value"],
    mask: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "... query d_value"]:
    s = torch.einsum("...id,...jd->...ij", q, k) / math.sqrt(q.shape[-1])
    if mask is None:
        w = s.softmax(-1)
    else:
        live = mask.any(-1, keepdim=True)  # does this query see anything at all
        b = torch.zeros_like(mask, dtype=s.dtype).masked_fill(~mask & live, -math.inf)
        w = (s + b).softmax(-1) * live
    return torch.einsum("...ij,...jd->...id", w, v)


class AttentionHead(nn.Module):
    def __init__(self, d_model: int, d_head: int) -> None:
        super().__init__()
        self.q_proj, self.k_proj, self.v_proj = (Linear(d_model, d_head) for _ in range(3))

    def forward(
        self, x: Float[Tensor, "... seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "... seq d_head"]:
        q, k, v = (f(x) for f in (self.q_proj, self.k_proj, self.v_proj))
        return scaled_dot_product_attention(q, k, v, mask)


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model: int, n_heads: int, bias: bool = True) -> None:
        super().__init__()
        if n_heads < 1 or d_model % n_heads:
            raise ValueError(f"n_heads = {n_heads} does not divide d_model = {d_model}")
        self.n_heads = n_heads
        for c in "qkvo":
            setattr(self, f"{c}_proj", Linear(d_model, d_model, bias))

    def forward(
        self,
        x: Float[Tensor, "batch query d_model"],
        mask: Bool[Tensor, "..."] | None = None,
        context: Float[Tensor, "batch key d_model"] | None = None,
    ) -> Float[Tensor, "batch query d_model"]:
        c = x if context is None else context
        q = split_heads(self.q_proj(x), self.n_heads)
        k = split_heads(self.k_proj(c), self.n_heads)
        v = split_heads(self.v_proj(c), self.n_heads)
        if mask is not None:
            mask = torch.atleast_2d(mask)[..., None, :, :]
        z = scaled_dot_product_attention(q, k, v, mask)
        return self.o_proj(merge_heads(z))
