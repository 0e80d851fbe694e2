"""What a GPT costs: parameters, arithmetic, memory.

Uses GPT and GPTConfig.
"""

import torch
from torch import nn

from milestones.m05_gpt.config import GPTConfig
from milestones.m05_gpt.gpt import GPT


def count_parameters(model: nn.Module) -> int:
    return sum(_sizes(model).values())


def flops_per_token(config: GPTConfig, seq: int) -> int:
    with torch.device("meta"):
        sizes = _sizes(GPT(config))
    n_used = sum(size for name, size in sizes.items() if not name.startswith("position_embedding"))
    attending = 12 * config.n_layers * config.d_model * seq
    return 6 * n_used + attending


def kv_cache_bytes(config: GPTConfig, batch: int, seq: int, bytes_per_value: int = 2) -> int:
    values_per_token = 2 * config.n_layers * config.d_model
    n_tokens = batch * seq
    return n_tokens * values_per_token * bytes_per_value


def _sizes(model: nn.Module) -> dict[str, int]:
    return {name: p.numel() for name, p in model.named_parameters()}
