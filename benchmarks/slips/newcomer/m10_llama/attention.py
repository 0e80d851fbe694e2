from torch import nn

from milestones.m03_multi_head_attention import (
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)
from milestones.m09_positions import rotate


def repeat_heads(x, n):
    batch, kv_heads, seq, d_head = x.shape
    x = x[:, :, None].expand(batch, kv_heads, n, seq, d_head)
    return x.reshape(batch, kv_heads * n, seq, d_head)


class GroupedQueryAttention(nn.Module):
    def __init__(self, d_model, n_heads, n_kv_heads):
        super().__init__()
        if d_model % n_heads != 0:
            raise ValueError(f"d_model {d_model} cannot be divided by n_heads {n_heads}")
        if n_heads % n_kv_heads != 0:
            raise ValueError(f"n_heads {n_heads} cannot be divided by n_kv_heads {n_kv_heads}")
        d_head = d_model // n_heads
        if d_head % 2 != 0:
            raise ValueError(f"d_head must be even, not {d_head}")
        self.n_heads = n_heads
        self.n_kv_heads = n_kv_heads
        self.q_proj = nn.Linear(d_model, d_model, bias=False)
        self.k_proj = nn.Linear(d_model, n_kv_heads * d_head, bias=False)
        self.v_proj = nn.Linear(d_model, n_kv_heads * d_head, bias=False)
        self.o_proj = nn.Linear(d_model, d_model, bias=False)

    def forward(self, x, cos, sin, mask=None, cache=None, layer=0):
        q = split_heads(self.q_proj(x), self.n_heads)
        k = split_heads(self.k_proj(x), self.n_kv_heads)
        v = split_heads(self.v_proj(x), self.n_kv_heads)
        q = rotate(q, cos, sin)
        k = rotate(k, cos, sin)
        if cache is not None:
            k, v = cache.append(layer, k, v)
        n = self.n_heads // self.n_kv_heads
        k = repeat_heads(k, n)
        v = repeat_heads(v, n)
        if mask is not None and mask.dim() == 3:
            mask = mask.unsqueeze(1)  # the same for every head
        return self.o_proj(merge_heads(scaled_dot_product_attention(q, k, v, mask)))
