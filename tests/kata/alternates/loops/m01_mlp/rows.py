"""A helper: every function on a tensor of any shape is a loop over its rows."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def apply_to_rows(function: Callable, x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    """Call `function` on each row (the last axis), and put the results back in the shape of x."""
    if x.numel() == 0:
        return x.clone()
    # A single number is a row of one.
    width = 1 if x.dim() == 0 else x.shape[-1]
    table = x.reshape(-1, width)  # (rows, width)
    results = []
    for row in table:
        results.append(function(row))
    return torch.stack(results).reshape(x.shape)
