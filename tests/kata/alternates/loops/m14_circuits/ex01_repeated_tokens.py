"""Exercise 1: one text after the other, and one token after the other."""

import torch
from jaxtyping import Int
from torch import Tensor


def repeated_tokens(
    batch: int, seq: int, vocab: int, generator: torch.Generator
) -> Int[Tensor, "batch seq"]:
    if vocab <= 15:
        message = f"cannot choose 16 different tokens of {vocab}"
        raise ValueError(message)
    texts = torch.zeros((batch, seq), dtype=torch.int64)
    for row in range(batch):
        length = torch.randint(low=8, high=17, size=(), generator=generator).item()
        segment = torch.randperm(vocab, generator=generator).tolist()[:length]
        for place in range(seq):
            texts[row, place] = segment[place % len(segment)]
    return texts
