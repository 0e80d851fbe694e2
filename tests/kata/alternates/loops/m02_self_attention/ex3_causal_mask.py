"""Exercise 3: the causal mask, one row at a time."""

import torch
from jaxtyping import Bool
from torch import Tensor


def causal_mask(seq: int) -> Bool[Tensor, "seq seq"]:
    mask = torch.zeros(seq, seq, dtype=torch.bool)
    for query in range(seq):
        for key in range(query + 1):
            mask[query, key] = True
    return mask
