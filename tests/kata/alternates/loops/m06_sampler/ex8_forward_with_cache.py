"""Exercise 8: the cache: for each layer a list of keys and a list of values, one a position."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m03_multi_head_attention import (
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)


class KVCache:
    def __init__(self, n_layers: int) -> None:
        self.keys = [[] for _ in range(n_layers)]
        self.values = [[] for _ in range(n_layers)]

    @property
    def length(self) -> int:
        return len(self.keys[-1])


def attend(attention: nn.Module, x: Tensor, keys: list[Tensor], values: list[Tensor]) -> Tensor:
    """Attention of the new positions, one after another, each to what is there by then."""
    outputs = []
    for i in range(x.shape[1]):
        one = x[:, i : i + 1]  # (batch, 1, d_model)
        keys.append(split_heads(attention.k_proj(one), attention.n_heads))
        values.append(split_heads(attention.v_proj(one), attention.n_heads))
        q = split_heads(attention.q_proj(one), attention.n_heads)  # (batch, heads, 1, d_head)
        k = torch.cat(keys, dim=2)  # (batch, heads, key, d_head)
        v = torch.cat(values, dim=2)
        out = scaled_dot_product_attention(q, k, v)
        outputs.append(attention.o_proj(merge_heads(out)))
    return torch.cat(outputs, dim=1)


def forward_with_cache(
    model: nn.Module, tokens: Int[Tensor, "batch new"], cache: KVCache
) -> Float[Tensor, "batch new vocab"]:
    start = cache.length
    total = start + tokens.shape[1]
    limit = model.config.context_length
    if total > limit:
        raise ValueError(f"the text has {total} tokens, the context has room for {limit}")
    positions = torch.arange(start, total, device=tokens.device)
    x = model.token_embedding(tokens) + model.position_embedding(positions)
    x = model.dropout(x)
    for i, block in enumerate(model.blocks):
        attended = attend(block.attention, block.attention_norm(x), cache.keys[i], cache.values[i])
        x = x + block.dropout(attended)
        thought = block.mlp(block.mlp_norm(x))
        x = x + block.dropout(thought)
    x = model.final_norm(x)
    return torch.nn.functional.linear(x, model.token_embedding.weight)
