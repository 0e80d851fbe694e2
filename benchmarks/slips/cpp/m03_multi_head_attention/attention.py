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
    lead = q.shape[:-2]
    n_q, d_head = q.shape[-2], q.shape[-1]
    n_k, d_value = v.shape[-2], v.shape[-1]
    q3 = q.reshape(-1, n_q, d_head)
    k3 = k.reshape(-1, n_k, d_head)
    v3 = v.reshape(-1, n_k, d_value)
    scores = torch.bmm(q3, k3.transpose(1, 2))
    scores = scores / math.sqrt(d_head)
    scores = scores.reshape(*lead, n_q, n_k)
    if mask is None:
        mask = torch.ones(n_q, n_k, dtype=torch.bool, device=q.device)
    weights = masked_softmax(scores, mask)
    out = torch.bmm(weights.reshape(-1, n_q, n_k), v3)
    return out.reshape(*lead, n_q, d_value)


class AttentionHead(nn.Module):
    def __init__(self, d_model: int, d_head: int) -> None:
        super().__init__()
        self.q_proj = Linear(d_model, d_head)
        self.k_proj = Linear(d_model, d_head)
        self.v_proj = Linear(d_model, d_head)

    def forward(
        self, x: Float[Tensor, "... seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "... seq d_head"]:
        asks = self.q_proj(x)
        found = self.k_proj(x)
        given = self.v_proj(x)
        return scaled_dot_product_attention(asks, found, given, mask)


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model: int, n_heads: int, bias: bool = True) -> None:
        super().__init__()
        if d_model % n_heads != 0:
            raise ValueError(f"d_model {d_model} is not a multiple of n_heads {n_heads}")
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
        source = x if context is None else context
        q = split_heads(self.q_proj(x), self.n_heads)
        k = split_heads(self.k_proj(source), self.n_heads)
        v = split_heads(self.v_proj(source), self.n_heads)
        heads = torch.zeros_like(q)
        for h in range(self.n_heads):
            heads[:, h] = scaled_dot_product_attention(q[:, h], k[:, h], v[:, h], mask)
        return self.o_proj(merge_heads(heads))
