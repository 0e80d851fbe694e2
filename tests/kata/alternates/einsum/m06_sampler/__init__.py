from milestones.m06_sampler.everything import (
    KVCache,
    apply_temperature,
    beam_search,
    forward_with_cache,
    frequency_penalty,
    generate,
    generate_cached,
    greedy,
    sample,
    top_k_filter,
    top_p_filter,
)

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
