"""Exercise 6: the cache, layer by layer."""

from milestones.m05_gpt.config import GPTConfig


def kv_cache_bytes(config: GPTConfig, batch: int, seq: int, bytes_per_value: int = 2) -> int:
    size = 0
    for _ in range(config.n_layers):
        keys = batch * seq * config.d_model
        values = batch * seq * config.d_model
        size = size + (keys + values) * bytes_per_value
    return size
