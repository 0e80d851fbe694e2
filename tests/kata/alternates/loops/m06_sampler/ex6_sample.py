"""Exercise 6: a draw for each row: walk along the probabilities until the number is used up."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def sample(
    logits: Float[Tensor, "batch vocab"], generator: torch.Generator | None = None
) -> Int[Tensor, " batch"]:
    numbers = torch.rand(len(logits), generator=generator).tolist()
    chosen = []
    for row, number in zip(logits.softmax(dim=1).tolist(), numbers, strict=True):
        last = 0
        for token in range(len(row)):
            if row[token] > 0:
                last = token
                number = number - row[token]
                if number < 0:
                    break
        chosen.append(last)
    return torch.tensor(chosen, dtype=torch.long, device=logits.device)
