"""The same texts with less work: keys and values are kept."""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m03_multi_head_attention import (
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)
from milestones.m06_sampler.pure import chooser, extend
from milestones.m06_sampler.writing import evaluating, reader


class KVCache:
    def __init__(self, n_layers: int) -> None:
        self.layers: list[tuple[Tensor, Tensor] | None] = [None] * n_layers

    @property
    def length(self) -> int:
        first = self.layers[0]
        return 0 if first is None else first[0].shape[-2]

    def append(self, layer: int, new: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        old = self.layers[layer]
        joined = new if old is None else tuple(torch.cat(two, -2) for two in zip(old, new))  # noqa: B905
        self.layers[layer] = joined
        return joined


def attend(attention: nn.Module, x: Tensor, cache: KVCache, layer: int, mask: Tensor) -> Tensor:
    split = lambda project: split_heads(project(x), attention.n_heads)  # noqa: E731
    k, v = cache.append(layer, (split(attention.k_proj), split(attention.v_proj)))
    heads = scaled_dot_product_attention(split(attention.q_proj), k, v, mask)
    return attention.o_proj(merge_heads(heads))


def through_block(block: nn.Module, x: Tensor, cache: KVCache, layer: int, mask: Tensor) -> Tensor:
    attended = attend(block.attention, block.attention_norm(x), cache, layer, mask)
    x = x + block.dropout(attended)
    return x + block.dropout(block.mlp(block.mlp_norm(x)))


def forward_with_cache(
    model: nn.Module, tokens: Int[Tensor, "batch new"], cache: KVCache
) -> Float[Tensor, "batch new vocab"]:
    start, end = cache.length, cache.length + tokens.shape[1]
    if end > model.config.context_length:
        raise ValueError(f"{end} tokens, but context_length is {model.config.context_length}")
    place = torch.arange(start, end, device=tokens.device)  # (new)
    mask = torch.arange(end, device=tokens.device) <= place.unsqueeze(1)  # (new, key)
    x = model.dropout(model.token_embedding(tokens) + model.position_embedding(place))
    for layer, block in enumerate(model.blocks):
        x = through_block(block, x, cache, layer, mask)
    return torch.matmul(model.final_norm(x), model.token_embedding.weight.mT)


def generate_cached(
    model: nn.Module,
    tokens: Int[Tensor, "batch seq"],
    max_new_tokens: int,
    *,
    stop_token: int | None = None,
    **choice: Any,
) -> Int[Tensor, "batch longer"]:
    cache, reread = KVCache(model.config.n_layers), reader(model)

    def next_logits(text: Tensor) -> Tensor:
        if text.shape[1] > model.config.context_length:
            return reread(text)
        return forward_with_cache(model, text[:, cache.length :], cache)[:, -1]

    choose = chooser(**choice)
    with evaluating(model):
        return extend(tokens, max_new_tokens, next_logits, choose, stop_token)
