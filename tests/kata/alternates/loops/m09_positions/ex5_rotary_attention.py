"""Exercise 5: one head after the other."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m01_mlp import Linear
from milestones.m03_multi_head_attention import scaled_dot_product_attention
from milestones.m09_positions.ex3_rotary_angles import rotary_angles
from milestones.m09_positions.ex4_rotate import rotate


class RotaryAttention(nn.Module):
    def __init__(
        self, d_model: int, n_heads: int, base: float = 10000.0, bias: bool = True
    ) -> None:
        super().__init__()
        if d_model % n_heads != 0:
            message = f"cannot split {d_model} columns among {n_heads} heads"
            raise ValueError(message)
        self.n_heads = n_heads
        self.d_head = d_model // n_heads
        if self.d_head % 2 != 0:
            message = f"a head of width {self.d_head} has no pairs"
            raise ValueError(message)
        self.base = base
        self.k_proj = Linear(d_model, d_model, bias=bias)
        self.q_proj = Linear(d_model, d_model, bias=bias)
        self.v_proj = Linear(d_model, d_model, bias=bias)
        self.o_proj = Linear(d_model, d_model, bias=bias)

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        batch, seq, _ = x.shape
        if mask is not None:
            mask = torch.broadcast_to(mask, (batch, seq, seq))
        places = torch.arange(seq, device=x.device)
        cos, sin = rotary_angles(places, self.d_head, self.base)
        queries = self.q_proj(x)
        keys = self.k_proj(x)
        values = self.v_proj(x)
        results = []
        for head in range(self.n_heads):
            start = head * self.d_head
            stop = start + self.d_head
            q = rotate(queries[:, :, start:stop], cos, sin)
            k = rotate(keys[:, :, start:stop], cos, sin)
            v = values[:, :, start:stop]
            results.append(scaled_dot_product_attention(q, k, v, mask))
        side_by_side = torch.cat(results, dim=-1)
        return self.o_proj(side_by_side)
