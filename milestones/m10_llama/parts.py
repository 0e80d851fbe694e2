"""What Llama has in place of LayerNorm and of the MLP with GELU.

Nothing earlier is needed.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn.functional import silu


class RMSNorm(nn.Module):
    r"""Divide by the root of the mean square: nothing is subtracted, and there is no bias.

    $y = x \,/ \sqrt{\mathrm{mean}(x^2) + \mathrm{eps}} \cdot \mathrm{weight}$, over the last axis

    weight: one number a feature, 1 at first. The mean is taken at least in float32, and in float64
    where x is float64; the result has the dtype of x, whatever that of the weight is.

    Example: [3, 4] has the mean square 12.5 and becomes [0.8485, 1.1314].

    Source: Zhang and Sennrich 2019, equation 4; Touvron et al. 2023, section 2.2.
    """

    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        raise NotImplementedError

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        raise NotImplementedError


class SwiGLU(nn.Module):
    r"""An MLP in which one projection decides how much of the other passes.

    $\mathrm{down}(\mathrm{silu}(\mathrm{gate}(x)) \odot \mathrm{up}(x))$

    gate_proj, up_proj: Linear(d_model, d_hidden). down_proj: Linear(d_hidden, d_model). None has a
    bias.

    Source: Shazeer 2020, equation 6.
    """

    def __init__(self, d_model: int, d_hidden: int) -> None:
        raise NotImplementedError

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        raise NotImplementedError
