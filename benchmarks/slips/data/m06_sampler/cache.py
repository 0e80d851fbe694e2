"""Generate without reading the whole text again for each token: keep the keys and values."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m03_multi_head_attention import (
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)
from milestones.m06_sampler.generation import choose_token, evaluating, extend


class KVCache:
    def __init__(self, n_layers: int) -> None:
        self.shelf: list[tuple[Tensor, Tensor] | None] = [None] * n_layers

    @property
    def length(self) -> int:
        if self.shelf[-1] is None:
            return 0
        return self.shelf[-1][0].shape[-2]

    def append(
        self, layer: int, k: Float[Tensor, "..."], v: Float[Tensor, "..."]
    ) -> tuple[Tensor, Tensor]:
        stored = self.shelf[layer]
        if stored is not None:
            k = torch.cat([stored[0], k], dim=-2)
            v = torch.cat([stored[1], v], dim=-2)
        self.shelf[layer] = (k, v)
        return k, v


def forward_with_cache(
    model: nn.Module, tokens: Int[Tensor, "batch new"], cache: KVCache
) -> Float[Tensor, "batch new vocab"]:
    past = cache.length
    total = past + tokens.shape[1]
    limit = model.config.context_length
    if total > limit:
        raise ValueError(f"{total} tokens are more than the context_length of {limit}")

    places = torch.arange(past, total, device=tokens.device)
    keys_at = torch.arange(total, device=tokens.device)
    may_see = keys_at[None, :] <= places[:, None]  # (new, total)

    x = model.token_embedding(tokens) + model.position_embedding(places)
    x = model.dropout(x)
    for layer, block in enumerate(model.blocks):
        att = block.attention
        normed = block.attention_norm(x)
        q = split_heads(att.q_proj(normed), model.config.n_heads)
        k = split_heads(att.k_proj(normed), model.config.n_heads)
        v = split_heads(att.v_proj(normed), model.config.n_heads)
        k, v = cache.append(layer, k, v)
        heads = scaled_dot_product_attention(q, k, v, may_see)
        x = x + block.dropout(att.o_proj(merge_heads(heads)))
        x = x + block.dropout(block.mlp(block.mlp_norm(x)))
    return model.final_norm(x) @ model.token_embedding.weight.T


def generate_cached(
    model: nn.Module,
    tokens: Int[Tensor, "batch seq"],
    max_new_tokens: int,
    *,
    temperature: float | int = 1.0,
    top_k: int | None = None,
    top_p: float | int | None = None,
    stop_token: int | None = None,
    generator: torch.Generator | None = None,
) -> Int[Tensor, "batch longer"]:
    limit = model.config.context_length
    cache = KVCache(model.config.n_layers)

    def ask_cached(text: Tensor) -> Tensor:
        if text.shape[1] > limit:  # the window slides: nothing cached is of use
            return model(text[:, -limit:])[:, -1]
        unread = text[:, cache.length :]
        return forward_with_cache(model, unread, cache)[:, -1]

    def pick_cached(scores: Tensor) -> Tensor:
        return choose_token(scores, temperature, top_k, top_p, generator)

    with evaluating(model), torch.no_grad():
        return extend(tokens, max_new_tokens, ask_cached, pick_cached, stop_token)
