"""The reshape at the heart of multi-head attention: the width becomes heads, and back.

Nothing earlier is needed.
"""

from jaxtyping import Float
from torch import Tensor


def split_heads(
    x: Float[Tensor, "... seq d_model"], n_heads: int
) -> Float[Tensor, "... heads seq d_head"]:
    r"""Cut the width into equal slices, one a head; each head holds its slice of every position.

    $\mathrm{out}_{h,i,j} = x_{i,\; h \cdot d_\mathrm{head} + j}$

    Raises ValueError where d_model is not divisible by n_heads; the message names both.

    Example: split_heads([[1, 2, 3, 4], [5, 6, 7, 8]], 2) is
    [[[1, 2], [5, 6]], [[3, 4], [7, 8]]].

    Source: Vaswani et al. 2017, section 3.2.2.
    """
    raise NotImplementedError


def merge_heads(x: Float[Tensor, "... heads seq d_head"]) -> Float[Tensor, "... seq d_model"]:
    r"""Lay the heads side by side again: split_heads turned round.

    $\mathrm{out}_{i,\; h \cdot d_\mathrm{head} + j} = x_{h,i,j}$

    Example: merge_heads([[[1, 2], [5, 6]], [[3, 4], [7, 8]]]) is [[1, 2, 3, 4], [5, 6, 7, 8]].

    Source: Vaswani et al. 2017, section 3.2.2.
    """
    raise NotImplementedError
