"""Dropout: in training some numbers go missing, so that no other can rely on them.

Nothing earlier is needed.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Dropout(nn.Module):
    r"""Set each number to zero with probability p, and scale up the rest; in eval do nothing.

    $y_i = \frac{m_i}{1 - p}\, x_i$, with $m_i = 0$ with probability $p$, else 1

    Every number is drawn on its own. The mean stays what it was, so eval needs no scaling.

    Raises ValueError for p outside [0, 1); the message names p.

    Example: with p = 0.5, [1, 2, 3] may become [2, 0, 6].

    Source: Srivastava et al. 2014, section 4; inverted as in section 10.
    """

    def __init__(self, p: float) -> None:
        raise NotImplementedError

    def forward(self, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
        raise NotImplementedError
