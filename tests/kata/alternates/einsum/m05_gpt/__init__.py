from milestones.m05_gpt.everything import (
    GPT,
    GPTConfig,
    count_parameters,
    flops_per_token,
    init_weights,
    kv_cache_bytes,
    load_gpt2,
    sinusoidal_positions,
    trace_shapes,
)

__all__ = [
    "GPT",
    "GPTConfig",
    "count_parameters",
    "flops_per_token",
    "init_weights",
    "kv_cache_bytes",
    "load_gpt2",
    "sinusoidal_positions",
    "trace_shapes",
]
