"""Exercise 5: several heads, one after the other."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m01_mlp import Linear
from milestones.m03_multi_head_attention.ex1_attention import scaled_dot_product_attention


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model: int, n_heads: int, bias: bool = True) -> None:
        super().__init__()
        if d_model % n_heads != 0:
            message = f"cannot split {d_model} columns among {n_heads} heads"
            raise ValueError(message)
        self.n_heads = n_heads
        self.d_head = d_model // n_heads
        self.k_proj = Linear(d_model, d_model, bias=bias)
        self.q_proj = Linear(d_model, d_model, bias=bias)
        self.v_proj = Linear(d_model, d_model, bias=bias)
        self.o_proj = Linear(d_model, d_model, bias=bias)

    def forward(
        self,
        x: Float[Tensor, "batch query d_model"],
        mask: Bool[Tensor, "..."] | None = None,
        context: Float[Tensor, "batch key d_model"] | None = None,
    ) -> Float[Tensor, "batch query d_model"]:
        source = x
        if context is not None:
            source = context
        if mask is not None:
            mask = torch.broadcast_to(mask, (x.shape[0], x.shape[1], source.shape[1]))
        queries = self.q_proj(x)
        keys = self.k_proj(source)
        values = self.v_proj(source)
        results = []
        for head in range(self.n_heads):
            start = head * self.d_head
            stop = start + self.d_head
            q = queries[:, :, start:stop]
            k = keys[:, :, start:stop]
            v = values[:, :, start:stop]
            results.append(scaled_dot_product_attention(q, k, v, mask))
        side_by_side = torch.cat(results, dim=-1)
        return self.o_proj(side_by_side)
