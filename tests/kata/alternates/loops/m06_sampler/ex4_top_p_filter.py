"""Exercise 4: top-p, one token after another."""

import torch
from jaxtyping import Float
from torch import Tensor


def top_p_filter(
    logits: Float[Tensor, "batch vocab"], p: float | int
) -> Float[Tensor, "batch vocab"]:
    if p >= 1:
        return logits.clone()
    rows = []
    for row in logits:
        probabilities = row.softmax(dim=0)
        order = probabilities.argsort(descending=True)
        filtered = torch.full_like(row, -torch.inf)
        reached = 0.0
        for token in order:
            filtered[token] = row[token]
            reached = reached + probabilities[token]
            if reached >= p:
                break
        rows.append(filtered)
    return torch.stack(rows)
