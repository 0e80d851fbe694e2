"""Exercise 4: the groups one after the other, and in each its heads of queries."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m01_mlp import Linear
from milestones.m03_multi_head_attention import scaled_dot_product_attention
from milestones.m09_positions import rotate
from milestones.m10_llama.cache import LlamaCache


class GroupedQueryAttention(nn.Module):
    def __init__(self, d_model: int, n_heads: int, n_kv_heads: int) -> None:
        super().__init__()
        if d_model % n_heads != 0:
            message = f"cannot split {d_model} columns among {n_heads} heads"
            raise ValueError(message)
        if n_heads % n_kv_heads != 0:
            message = f"cannot share {n_kv_heads} heads of keys among {n_heads} heads of queries"
            raise ValueError(message)
        self.n_heads = n_heads
        self.n_kv_heads = n_kv_heads
        self.d_head = d_model // n_heads
        if self.d_head % 2 != 0:
            message = f"a head of width {self.d_head} has no pairs"
            raise ValueError(message)
        narrow = self.n_kv_heads * self.d_head
        self.q_proj = Linear(d_model, d_model, bias=False)
        self.k_proj = Linear(d_model, narrow, bias=False)
        self.v_proj = Linear(d_model, narrow, bias=False)
        self.o_proj = Linear(d_model, d_model, bias=False)

    def heads_of(self, projected, count):
        heads = []
        for head in range(count):
            start = head * self.d_head
            stop = start + self.d_head
            heads.append(projected[:, :, start:stop])
        return torch.stack(heads, dim=1)  # (batch, heads, new, d_head)

    def forward(
        self,
        x: Float[Tensor, "batch new d_model"],
        cos: Float[Tensor, "..."],
        sin: Float[Tensor, "..."],
        mask: Bool[Tensor, "..."] | None = None,
        cache: LlamaCache | None = None,
        layer: int = 0,
    ) -> Float[Tensor, "batch new d_model"]:
        queries = self.heads_of(self.q_proj(x), self.n_heads)
        keys = self.heads_of(self.k_proj(x), self.n_kv_heads)
        values = self.heads_of(self.v_proj(x), self.n_kv_heads)
        queries = rotate(queries, cos, sin)
        keys = rotate(keys, cos, sin)
        if cache is not None:
            keys, values = cache.append(layer, keys, values)
        if mask is not None:
            mask = torch.broadcast_to(mask, (x.shape[0], x.shape[1], keys.shape[2]))
        group_size = self.n_heads // self.n_kv_heads
        results = []
        for group in range(self.n_kv_heads):
            k = keys[:, group]
            v = values[:, group]
            for member in range(group_size):
                q = queries[:, group * group_size + member]
                results.append(scaled_dot_product_attention(q, k, v, mask))
        side_by_side = torch.cat(results, dim=-1)
        return self.o_proj(side_by_side)
