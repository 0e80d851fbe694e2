"""Exercise 2: one head after the other, and one query after the other."""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m01_mlp import Embedding, Linear
from milestones.m02_self_attention import masked_softmax
from milestones.m09_positions.ex1_relative_positions import relative_positions


class RelativeAttention(nn.Module):
    def __init__(self, d_model: int, n_heads: int, max_distance: int, bias: bool = True) -> None:
        super().__init__()
        if d_model % n_heads != 0:
            message = f"cannot split {d_model} columns among {n_heads} heads"
            raise ValueError(message)
        self.n_heads = n_heads
        self.d_head = d_model // n_heads
        self.max_distance = max_distance
        self.k_proj = Linear(d_model, d_model, bias=bias)
        self.q_proj = Linear(d_model, d_model, bias=bias)
        self.v_proj = Linear(d_model, d_model, bias=bias)
        self.o_proj = Linear(d_model, d_model, bias=bias)
        self.distance_embedding = Embedding(2 * max_distance + 1, self.d_head)

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
        rows = relative_positions(seq, seq, self.max_distance).to(x.device)
        heads = []
        for head in range(self.n_heads):
            start = head * self.d_head
            stop = start + self.d_head
            q = queries[:, :, start:stop]
            k = keys[:, :, start:stop]
            v = values[:, :, start:stop]
            answers = []
            for i in range(seq):
                query = q[:, i].unsqueeze(1)
                distances = self.distance_embedding(rows[i])
                score = (query * (k + distances)).sum(-1) / math.sqrt(self.d_head)
                weights = masked_softmax(score, mask[:, i])
                answers.append((weights.unsqueeze(-1) * v).sum(1))
            heads.append(torch.stack(answers, dim=1))
        side_by_side = torch.cat(heads, dim=-1)
        return self.o_proj(side_by_side)
