"""Exercise 1: the likeliest token, one row at a time."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def greedy(logits: Float[Tensor, "batch vocab"]) -> Int[Tensor, " batch"]:
    chosen = []
    for row in logits.tolist():
        best = 0
        for token in range(len(row)):
            if row[token] > row[best]:
                best = token
        chosen.append(best)
    return torch.tensor(chosen, dtype=torch.long, device=logits.device)
