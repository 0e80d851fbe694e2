"""Attention whose heads share keys and values in groups, with turned queries and keys.

Uses split_heads, merge_heads and scaled_dot_product_attention from milestone 3, and rotate from 9.
"""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m03_multi_head_attention import (
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)
from milestones.m09_positions import rotate
from milestones.m10_llama.cache import LlamaCache


def repeat_heads(
    x: Float[Tensor, "batch kv_heads seq d_head"], n: int
) -> Float[Tensor, "batch heads seq d_head"]:
    """Each head n times in a row, so that every head of queries finds one of its own.

    Example: heads A, B become A, A, A, B, B, B for n = 3.

    Source: Ainslie et al. 2023, section 2.2.
    """
    batch, kv_heads, seq, d_head = x.shape
    repeated = x.unsqueeze(2).expand(batch, kv_heads, n, seq, d_head)
    return repeated.flatten(1, 2)  # (batch, kv_heads · n, seq, d_head)


class GroupedQueryAttention(nn.Module):
    r"""Self-attention in which n_heads / n_kv_heads heads of queries share keys and values.

    q_proj, o_proj: Linear(d_model, d_model). k_proj, v_proj: Linear(d_model, n_kv_heads · d_head).
    None has a bias. n_heads and n_kv_heads are kept under their names.

    cos, sin: how each new place turns its queries and keys, for milestone 9's rotate: "new pairs",
    or "batch 1 new pairs" where each row has places of its own. mask: as in milestone 3, anything
    that broadcasts to "batch new key", over all keys that there are; None lets every query see all
    of them.
    cache: if one is given, the turned keys and the values go into its layer before they are
    repeated, and what it returns is attended to.

    Raises ValueError at construction where d_model cannot be divided by n_heads, or n_heads by
    n_kv_heads, with both numbers, or where d_head is odd, with d_head.

    Source: Ainslie et al. 2023, section 2.2; Su et al. 2021, section 3.2.2.
    """

    def __init__(self, d_model: int, n_heads: int, n_kv_heads: int) -> None:
        super().__init__()
        if d_model % n_heads:
            raise ValueError(f"d_model ({d_model}) must be a multiple of n_heads ({n_heads})")
        if n_heads % n_kv_heads:
            raise ValueError(f"n_heads ({n_heads}) must be a multiple of n_kv_heads ({n_kv_heads})")
        d_head = d_model // n_heads
        if d_head % 2:
            raise ValueError(f"d_head ({d_head}) must be even to be turned in pairs")
        self.n_heads = n_heads
        self.n_kv_heads = n_kv_heads
        self.q_proj = nn.Linear(d_model, d_model, bias=False)
        self.k_proj = nn.Linear(d_model, n_kv_heads * d_head, bias=False)
        self.v_proj = nn.Linear(d_model, n_kv_heads * d_head, bias=False)
        self.o_proj = nn.Linear(d_model, d_model, bias=False)

    def forward(
        self,
        x: Float[Tensor, "batch new d_model"],
        cos: Float[Tensor, "..."],
        sin: Float[Tensor, "..."],
        mask: Bool[Tensor, "..."] | None = None,
        cache: LlamaCache | None = None,
        layer: int = 0,
    ) -> Float[Tensor, "batch new d_model"]:
        q = rotate(split_heads(self.q_proj(x), self.n_heads), cos, sin)
        k = rotate(split_heads(self.k_proj(x), self.n_kv_heads), cos, sin)
        v = split_heads(self.v_proj(x), self.n_kv_heads)  # (batch, kv_heads, new, d_head)
        if cache is not None:
            k, v = cache.append(layer, k, v)  # (batch, kv_heads, key, d_head)
        if mask is not None:
            mask = mask.expand(x.size(0), x.size(1), k.size(-2)).unsqueeze(1)
        n = self.n_heads // self.n_kv_heads
        out = scaled_dot_product_attention(q, repeat_heads(k, n), repeat_heads(v, n), mask)
        return self.o_proj(merge_heads(out))
