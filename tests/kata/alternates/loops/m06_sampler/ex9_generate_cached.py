"""Exercise 9: the writer again, with a cache that is filled as long as there is room."""

import torch
from jaxtyping import Int
from torch import Tensor, nn

from milestones.m06_sampler.ex7_generate import Evaluating, Writer
from milestones.m06_sampler.ex8_forward_with_cache import KVCache, forward_with_cache


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
    writer = Writer(temperature, top_k, top_p, stop_token, generator)
    cache = KVCache(len(model.blocks))
    room = model.config.context_length

    def find_logits(text):
        if text.shape[1] > room:
            # Every position has changed.
            window = text[:, -room:]
            logits = forward_with_cache(model, window, KVCache(len(model.blocks)))
        else:
            unread = text[:, cache.length :]
            logits = forward_with_cache(model, unread, cache)
        return logits[:, -1, :]

    with Evaluating(model):
        return writer.write(tokens, max_new_tokens, find_logits)
