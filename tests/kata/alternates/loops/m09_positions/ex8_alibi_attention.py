"""Exercise 8: one head after the other."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m01_mlp import Linear
from milestones.m02_self_attention import masked_softmax
from milestones.m09_positions.ex7_alibi_bias import alibi_bias


class AlibiAttention(nn.Module):
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
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        batch, seq, _ = x.shape
        if mask is None:
            mask = torch.ones(seq, seq, dtype=torch.bool, device=x.device)
        mask = torch.broadcast_to(mask, (batch, seq, seq))
        queries = self.q_proj(x)
        keys = self.k_proj(x)
        values = self.v_proj(x)
        biases = alibi_bias(self.n_heads, seq).to(dtype=x.dtype, device=x.device)
        results = []
        for head in range(self.n_heads):
            start = head * self.d_head
            stop = start + self.d_head
            q = queries[:, :, start:stop]
            k = keys[:, :, start:stop]
            v = values[:, :, start:stop]
            scores = torch.matmul(q, k.transpose(1, 2)) / math.sqrt(self.d_head)
            scores = scores + biases[head]
            weights = masked_softmax(scores, mask)
            results.append(torch.matmul(weights, v))
        side_by_side = torch.cat(results, dim=-1)
        return self.o_proj(side_by_side)
