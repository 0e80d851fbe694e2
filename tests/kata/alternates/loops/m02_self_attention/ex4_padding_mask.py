"""Exercise 4: the padding mask, one token at a time."""

import torch
from jaxtyping import Bool, Int
from torch import Tensor


def padding_mask(tokens: Int[Tensor, "batch seq"], pad_id: int) -> Bool[Tensor, "batch seq"]:
    rows = []
    for row in tokens.tolist():
        is_real = []
        for token in row:
            is_real.append(token != pad_id)
        rows.append(is_real)
    return torch.tensor(rows, device=tokens.device)
