"""Positions from sines: the table that needs no training.

Nothing earlier is needed.
"""

import torch
from jaxtyping import Float
from torch import Tensor


def sinusoidal_positions(seq: int, d_model: int) -> Float[Tensor, "seq d_model"]:
    r"""One row for each position: clocks that tick at ever slower rates.

    $P_{t,2i} = \sin(t \cdot 10000^{-2i/d_\mathrm{model}})$,
    $P_{t,2i+1} = \cos(t \cdot 10000^{-2i/d_\mathrm{model}})$

    An odd width ends in a sine. In PyTorch's default dtype.

    Example: sinusoidal_positions(2, 4) is [[0, 1, 0, 1], [0.8415, 0.5403, 0.01, 0.99995]].

    Source: Vaswani et al. 2017, section 3.5.
    """
    raise NotImplementedError
