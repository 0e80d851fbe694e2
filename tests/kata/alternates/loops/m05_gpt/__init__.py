from milestones.m05_gpt.config import GPTConfig
from milestones.m05_gpt.ex1_sinusoidal_positions import sinusoidal_positions
from milestones.m05_gpt.ex2_gpt import GPT
from milestones.m05_gpt.ex3_init_weights import init_weights
from milestones.m05_gpt.ex4_count_parameters import count_parameters
from milestones.m05_gpt.ex5_flops_per_token import flops_per_token
from milestones.m05_gpt.ex6_kv_cache_bytes import kv_cache_bytes
from milestones.m05_gpt.ex7_load_gpt2 import load_gpt2
from milestones.m05_gpt.ex8_trace_shapes import trace_shapes

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
