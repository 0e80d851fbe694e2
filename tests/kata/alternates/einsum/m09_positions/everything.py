"""Milestone 9 as a mathematician writes it: turns are complex numbers, heads are a letter."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, einsum, nn

from milestones.m01_mlp import Embedding, Linear


def relative_positions(query: int, key: int, max_distance: int) -> Int[Tensor, "query key"]:
    if key < query:
        raise ValueError(f"only {key} keys for {query} queries")
    i = torch.arange(key - query, key)[:, None]
    j = torch.arange(key)[None, :]
    m = max_distance
    return torch.clip(j - i + m, 0, 2 * m)


def rotary_angles(
    positions: Int[Tensor, " seq"], d_head: int, base: float = 10000.0
) -> tuple[Float[Tensor, "seq pairs"], Float[Tensor, "seq pairs"]]:
    n, odd = divmod(d_head, 2)
    if odd:
        raise ValueError(f"no pairs in {d_head} numbers")
    i = torch.arange(n, device=positions.device).double()
    rate = torch.exp(-math.log(base) * i / n)
    turn = torch.polar(
        torch.ones((), dtype=torch.float64), einsum("t,i->ti", positions.double(), rate)
    )
    return turn.real.float(), turn.imag.float()


def rotate(
    x: Float[Tensor, "... seq d_head"], cos: Float[Tensor, "..."], sin: Float[Tensor, "..."]
) -> Float[Tensor, "... seq d_head"]:
    z = torch.complex(*x.double().tensor_split(2, dim=-1))
    z = z * torch.complex(cos.double(), sin.double())
    return torch.cat([z.real, z.imag], -1).to(x.dtype)


def alibi_slopes(n_heads: int) -> Float[Tensor, " heads"]:
    n = 1
    while 2 * n <= n_heads:
        n *= 2
    i = torch.arange(1, 1 + n)
    whole = torch.exp2(-8 * i / n)
    half = torch.exp2(-8 * (i - 0.5) / n)
    return torch.cat([whole, half])[:n_heads]


def alibi_bias(n_heads: int, seq: int) -> Float[Tensor, "heads seq seq"]:
    t = torch.arange(seq, dtype=torch.get_default_dtype())
    return einsum("h,qk->hqk", alibi_slopes(n_heads), -torch.cdist(t[:, None], t[:, None], p=1))


class Projections(nn.Module):
    """Four projections, and what comes after the scores."""

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

    def qkv(self, x: Tensor) -> list[Tensor]:
        projections = (self.q_proj, self.k_proj, self.v_proj)
        return [p(x).unflatten(-1, (self.n_heads, self.d_head)) for p in projections]

    def mix(self, s: Tensor, v: Tensor, mask: Tensor | None) -> Tensor:
        """s: batch, query, key, heads."""
        if mask is not None:
            m = mask.expand(s.shape[:-1])[..., None]  # batch, query, key, 1
            s = s.masked_fill(~m, -torch.inf)
        a = s.softmax(2)
        if mask is not None:
            a = a.masked_fill(~m, 0)
        return self.o_proj(einsum("bqkh,bkhd->bqhd", a, v).flatten(-2))


class RelativeAttention(Projections):
    def __init__(self, d_model: int, n_heads: int, max_distance: int, bias: bool = True) -> None:
        super().__init__(d_model, n_heads, bias)
        self.m = max_distance
        self.distance_embedding = Embedding(1 + 2 * self.m, self.d_head)

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        q, k, v = self.qkv(x)
        place = relative_positions(x.shape[1], x.shape[1], self.m).to(x.device)
        a = self.distance_embedding(place)  # query, key, d_head
        s = einsum("bqhd,bkhd->bqkh", q, k) + einsum("bqhd,qkd->bqkh", q, a)
        return self.mix(s * self.d_head**-0.5, v, mask)


class RotaryAttention(Projections):
    def __init__(
        self, d_model: int, n_heads: int, base: float = 10000.0, bias: bool = True
    ) -> None:
        super().__init__(d_model, n_heads, bias)
        if self.d_head % 2 == 1:
            raise ValueError(f"no pairs in {self.d_head} numbers")
        self.b = base

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        q, k, v = self.qkv(x)
        t = torch.arange(x.shape[1], device=x.device)
        c, s = (part[:, None, :] for part in rotary_angles(t, self.d_head, self.b))
        q, k = rotate(q, c, s), rotate(k, c, s)
        return self.mix(einsum("bqhd,bkhd->bqkh", q, k) / self.d_head**0.5, v, mask)


class AlibiAttention(Projections):
    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        q, k, v = self.qkv(x)
        b = alibi_bias(self.n_heads, x.shape[1]).to(x.device, x.dtype)
        s = einsum("bqhd,bkhd->bqkh", q, k) / self.d_head**0.5
        return self.mix(s + b.permute(1, 2, 0), v, mask)
