"""Exercise 7: one query and key after the other."""

import torch
from jaxtyping import Float
from torch import Tensor

from milestones.m09_positions.ex6_alibi_slopes import alibi_slopes


def alibi_bias(n_heads: int, seq: int) -> Float[Tensor, "heads seq seq"]:
    slopes = alibi_slopes(n_heads)
    distances = torch.zeros(seq, seq)
    for i in range(seq):
        for j in range(seq):
            distances[i, j] = abs(i - j)
    heads = []
    for head in range(n_heads):
        heads.append(-slopes[head] * distances)
    return torch.stack(heads)
