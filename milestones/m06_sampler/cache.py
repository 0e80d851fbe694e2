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
        raise NotImplementedError

    @property
    def length(self) -> int:
        raise NotImplementedError

    def append(
        self, layer: int, k: Float[Tensor, "..."], v: Float[Tensor, "..."]
    ) -> tuple[Tensor, Tensor]:
        """Add the new keys and values of a layer; returns all that it has now."""
        raise NotImplementedError


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
    raise NotImplementedError


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
    raise NotImplementedError
