"""Milestone 3 as a mathematician writes it: the heads are a letter, h, and need no reshape."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, einsum, nn

from milestones.m01_mlp import Linear


def scaled_dot_product_attention(
    q: Float[Tensor, "... query d_head"],
    k: Float[Tensor, "... key d_head"],
    v: Float[Tensor, "... key d_value"],
    mask: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "... query d_value"]:
    s = einsum("...qd,...kd->...qk", q, k) * q.shape[-1] ** -0.5
    m = torch.ones_like(s).bool() if mask is None else mask
    s = torch.where(m, s, -torch.inf)
    top = s.amax(-1, keepdim=True).clamp(min=torch.finfo(s.dtype).min)  # -inf only where empty
    e = torch.where(m, torch.exp(s - top), 0.0)
    z = e.sum(-1, keepdim=True)
    return einsum("...qk,...kd->...qd", e / torch.where(z > 0, z, 1.0), v)


def split_heads(
    x: Float[Tensor, "... seq d_model"], n_heads: int
) -> Float[Tensor, "... heads seq d_head"]:
    d_head, rest = divmod(x.shape[-1], n_heads)
    if rest:
        raise ValueError(f"{n_heads} heads do not fit into {x.shape[-1]} columns")
    return torch.stack(x.split(d_head, dim=-1), dim=-3)


def merge_heads(x: Float[Tensor, "... heads seq d_head"]) -> Float[Tensor, "... seq d_model"]:
    return torch.cat(x.unbind(-3), dim=-1)


class AttentionHead(nn.Module):
    def __init__(self, d_model: int, d_head: int) -> None:
        super().__init__()
        self.v_proj = Linear(d_model, d_head)
        self.k_proj = Linear(d_model, d_head)
        self.q_proj = Linear(d_model, d_head)

    def forward(
        self, x: Float[Tensor, "... seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "... seq d_head"]:
        q, k, v = self.q_proj(x), self.k_proj(x), self.v_proj(x)
        return scaled_dot_product_attention(q, k, v, mask)


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model: int, n_heads: int, bias: bool = True) -> None:
        super().__init__()
        self.d_head, rest = divmod(d_model, n_heads)
        if rest:
            raise ValueError(f"{n_heads} heads do not fit into {d_model} columns")
        self.n_heads = n_heads
        self.o_proj = Linear(d_model, d_model, bias=bias)
        self.v_proj = Linear(d_model, d_model, bias=bias)
        self.k_proj = Linear(d_model, d_model, bias=bias)
        self.q_proj = Linear(d_model, d_model, bias=bias)

    def forward(
        self,
        x: Float[Tensor, "batch query d_model"],
        mask: Bool[Tensor, "..."] | None = None,
        context: Float[Tensor, "batch key d_model"] | None = None,
    ) -> Float[Tensor, "batch query d_model"]:
        c = x if context is None else context
        shape = (self.n_heads, self.d_head)
        q = self.q_proj(x).unflatten(-1, shape)
        k = self.k_proj(c).unflatten(-1, shape)
        v = self.v_proj(c).unflatten(-1, shape)
        s = einsum("bqhd,bkhd->bqkh", q, k) / self.d_head**0.5
        if mask is not None:
            m = mask.expand(s.shape[:-1])[..., None]  # batch, query, key, 1
            s = s.masked_fill(~m, -torch.inf)
        a = s.softmax(2)
        if mask is not None:
            a = a.masked_fill(~m, 0)
        return self.o_proj(einsum("bqkh,bkhd->bqhd", a, v).flatten(-2))
