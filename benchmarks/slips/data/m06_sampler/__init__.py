"""Milestone 6: from logits to text: sampling, a cache that spares work, and beam search."""

from milestones.m06_sampler.beam import beam_search
from milestones.m06_sampler.cache import KVCache, forward_with_cache, generate_cached
from milestones.m06_sampler.filters import (
    apply_temperature,
    frequency_penalty,
    top_k_filter,
    top_p_filter,
)
from milestones.m06_sampler.generation import generate
from milestones.m06_sampler.sampling import greedy, sample

__all__ = [
    "KVCache",
    "apply_temperature",
    "beam_search",
    "forward_with_cache",
    "frequency_penalty",
    "generate",
    "generate_cached",
    "greedy",
    "sample",
    "top_k_filter",
    "top_p_filter",
]
