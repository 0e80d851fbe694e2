"""Layer norm: every position back to mean 0 and variance 1, then scaled and shifted as learned.

Nothing earlier is needed.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class LayerNorm(nn.Module):
    r"""Normalise the last axis, then scale and shift each of its entries.

    $y = \frac{x - \mu}{\sqrt{\sigma^2 + \epsilon}} \odot \mathrm{weight} + \mathrm{bias}$

    μ and σ² are the mean and the (biased) variance of each position's own d_model numbers.
    weight, bias: (d_model), start as ones and zeros. Accurate in float32 also where the mean is
    large beside the deviations. Any leading axes; an empty batch stays empty.

    Example: [1, 2, 3, 6] has μ = 3 and σ² = 3.5 and becomes [-1.069, -0.535, 0, 1.604].

    Source: Ba et al. 2016, section 3.
    """

    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        raise NotImplementedError

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        raise NotImplementedError
