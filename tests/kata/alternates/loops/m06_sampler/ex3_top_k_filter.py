"""Exercise 3: top-k, one row at a time."""

import torch
from jaxtyping import Float
from torch import Tensor


def top_k_filter(logits: Float[Tensor, "batch vocab"], k: int) -> Float[Tensor, "batch vocab"]:
    rows = []
    for row in logits:
        order = row.argsort(descending=True)
        filtered = torch.full_like(row, -torch.inf)
        for token in order[:k]:
            filtered[token] = row[token]
        rows.append(filtered)
    return torch.stack(rows)
