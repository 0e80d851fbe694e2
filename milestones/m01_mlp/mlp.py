"""The MLP: the part of a transformer that works on each position alone.

With d_hidden = 4·d_model it holds two thirds of a block's weights. Uses gelu and Linear.
"""

from jaxtyping import Float
from torch import Tensor, nn

from milestones.m01_mlp.functions import gelu
from milestones.m01_mlp.layers import Linear


class MLP(nn.Module):
    r"""Widen, bend, narrow: two linear layers with a gelu between them.

    $\mathrm{MLP}(x) = \mathrm{down}(\mathrm{gelu}(\mathrm{up}(x)))$

    up: Linear(d_model, d_hidden). down: Linear(d_hidden, d_model).

    Source: Vaswani et al. 2017, section 3.3 (there with relu).
    """

    def __init__(self, d_model: int, d_hidden: int) -> None:
        raise NotImplementedError

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        raise NotImplementedError
