"""A helper: every function on a batch of sequences is a loop over the sequences."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor


def apply_to_sequences(
    function: Callable, x: Float[Tensor, "... seq d_model"]
) -> Float[Tensor, "... seq _"]:
    """Call `function` on each sequence, and put the results back behind the leading axes of x."""
    leading = x.shape[:-2]
    sequences = x.reshape(-1, x.shape[-2], x.shape[-1])  # (sequences, seq, d_model)
    results = []
    for sequence in sequences:
        results.append(function(sequence))
    stacked = torch.stack(results)
    return stacked.reshape(*leading, *stacked.shape[1:])
