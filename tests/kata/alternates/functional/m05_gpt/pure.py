"""Milestone 5 as a functional programmer writes it: what needs no model is here."""

import torch
from jaxtyping import Float
from torch import Tensor


def sinusoidal_positions(seq: int, d_model: int) -> Float[Tensor, "seq d_model"]:
    column = torch.arange(d_model)
    exponent = 2 * column.div(2, rounding_mode="floor") / d_model
    rate = torch.pow(10_000.0, -exponent)
    angle = torch.outer(torch.arange(seq).to(rate.dtype), rate)
    return torch.where(column % 2 == 0, angle.sin(), angle.cos())


def block_parameters(d_model: int) -> int:
    linear = lambda wide, narrow: wide * narrow + narrow  # noqa: E731
    attention = 4 * linear(d_model, d_model)
    mlp = linear(d_model, 4 * d_model) + linear(4 * d_model, d_model)
    norms = 2 * 2 * d_model
    return attention + mlp + norms


def flops_per_token(config, seq: int) -> int:
    d, n_layers = config.d_model, config.n_layers
    final_norm = 2 * d
    n = config.vocab_size * d + n_layers * block_parameters(d) + final_norm
    return 6 * n + 12 * n_layers * d * seq


def kv_cache_bytes(config, batch: int, seq: int, bytes_per_value: int = 2) -> int:
    keys_and_values = 2 * config.n_layers * config.d_model
    return keys_and_values * batch * seq * bytes_per_value
