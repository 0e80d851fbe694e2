"""Milestone 5: GPT-2 from your own parts, what it costs, and the real weights."""

from milestones.m05_gpt.config import GPTConfig
from milestones.m05_gpt.counting import count_parameters, flops_per_token, kv_cache_bytes
from milestones.m05_gpt.gpt import GPT, init_weights
from milestones.m05_gpt.loading import load_gpt2
from milestones.m05_gpt.positions import sinusoidal_positions
from milestones.m05_gpt.tracing import trace_shapes

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
