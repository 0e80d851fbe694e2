"""Generate without reading the whole text again for each token: keep the keys and values.

Uses the attention of milestone 3, the GPT of milestone 5 and generation.py.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m02_self_attention import causal_mask
from milestones.m03_multi_head_attention import (
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)
from milestones.m06_sampler.generation import choose_token, evaluating, extend


class KVCache:
    """The keys and values of the positions that a model has read, layer by layer.

    length: how many positions that is, 0 at first. What else it holds, and how, is yours to
    choose: forward_with_cache is its only user.

    Source: Pope et al. 2022, section 2.1.
    """

    def __init__(self, n_layers: int) -> None:
        self.layers: list[tuple[Tensor, Tensor] | None] = [None] * n_layers

    @property
    def length(self) -> int:
        return 0 if self.layers[0] is None else self.layers[0][0].size(-2)

    def append(
        self, layer: int, k: Float[Tensor, "..."], v: Float[Tensor, "..."]
    ) -> tuple[Tensor, Tensor]:
        """Add the new keys and values of a layer; returns all that it has now."""
        if (past := self.layers[layer]) is not None:
            k = torch.cat([past[0], k], dim=-2)  # (batch, heads, key, d_head)
            v = torch.cat([past[1], v], dim=-2)  # (batch, heads, key, d_head)
        self.layers[layer] = k, v
        return k, v


def forward_with_cache(
    model: nn.Module, tokens: Int[Tensor, "batch new"], cache: KVCache
) -> Float[Tensor, "batch new vocab"]:
    """The model's logits for the new tokens, as if all before had been given again.

    model: a GPT of milestone 5, of which only the documented parts are used. cache: what was
    read before; the new positions are added to it. Any way of cutting a text into chunks gives
    the logits of reading it at once, and no position is computed twice.

    Raises ValueError where the text becomes longer than context_length; the message names both
    numbers, and the cache is as it was.

    Source: Pope et al. 2022, section 2.1; Shazeer 2019, section 2.4.
    """
    start = cache.length
    end = start + tokens.size(1)
    if end > model.config.context_length:
        raise ValueError(f"{end} tokens, but context_length is {model.config.context_length}")
    positions = torch.arange(start, end, device=tokens.device)  # (new)
    x = model.token_embedding(tokens) + model.position_embedding(positions)
    x = model.dropout(x)  # (batch, new, d_model)
    one = end - start == 1  # the newest position may see all
    mask = None if one else causal_mask(end)[start:].to(tokens.device)  # (new, key)
    for layer, block in enumerate(model.blocks):
        attention, normed = block.attention, block.attention_norm(x)
        q = split_heads(attention.q_proj(normed), attention.n_heads)  # (batch, heads, new, d_head)
        k = split_heads(attention.k_proj(normed), attention.n_heads)
        v = split_heads(attention.v_proj(normed), attention.n_heads)
        k, v = cache.append(layer, k, v)  # (batch, heads, key, d_head)
        out = merge_heads(scaled_dot_product_attention(q, k, v, mask))  # (batch, new, d_model)
        x = x + block.dropout(attention.o_proj(out))
        x = x + block.dropout(block.mlp(block.mlp_norm(x)))
    return model.final_norm(x) @ model.token_embedding.weight.T  # (batch, new, vocab)


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
    """generate, with a cache: the same arguments and the same text.

    While the text fits into the context, each position is computed once. From then on the
    window slides: every token in it gets another position, so all is read anew for each token.

    Source: Pope et al. 2022, section 2.1.
    """
    cache = KVCache(len(model.blocks))
    context_length = model.config.context_length

    @torch.inference_mode()
    def next_logits(tokens: Tensor) -> Tensor:
        if tokens.size(1) <= context_length:
            return forward_with_cache(model, tokens[:, cache.length :], cache)[:, -1]
        return model(tokens[:, -context_length:])[:, -1]  # (batch, vocab)

    def choose(logits: Tensor) -> Tensor:
        return choose_token(logits, temperature, top_k, top_p, generator)

    with evaluating(model):
        return extend(tokens, max_new_tokens, next_logits, choose, stop_token)
