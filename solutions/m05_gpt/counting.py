"""What a GPT costs: parameters, arithmetic, memory.

Uses GPT and GPTConfig.
"""

from torch import nn

from milestones.m05_gpt.config import GPTConfig


def count_parameters(model: nn.Module) -> int:
    """How many numbers the model holds: frozen ones too, and tied ones once.

    Example: a Linear(3, 2) has 3·2 + 2 = 8.
    """
    return sum(parameter.numel() for parameter in model.parameters())


def flops_per_token(config: GPTConfig, seq: int) -> int:
    r"""Floating point operations to train on one token, forward and backward.

    $6N + 12 \cdot \mathrm{n\_layers} \cdot \mathrm{d\_model} \cdot \mathrm{seq}$

    N counts every parameter but the position embedding. A multiplication and an addition are two
    operations; the backward pass costs twice the forward pass.

    Source: Kaplan et al. 2020, section 2.1; Chowdhery et al. 2022, appendix B.
    """
    d = config.d_model
    attention = 4 * d * d + 4 * d
    mlp = 8 * d * d + 5 * d
    norms = 4 * d
    n = config.vocab_size * d + config.n_layers * (attention + mlp + norms) + 2 * d
    return 6 * n + 12 * config.n_layers * d * seq


def kv_cache_bytes(config: GPTConfig, batch: int, seq: int, bytes_per_value: int = 2) -> int:
    """Memory for the keys and values of every layer and position.

    Example: GPT-2 small holds 36,864 bytes a token in 16 bits.

    Source: Pope et al. 2022, section 2.1.
    """
    return 2 * config.n_layers * batch * seq * config.d_model * bytes_per_value
