"""Exercise 7: one query after the other."""

from jaxtyping import Float
from torch import Tensor


def previous_token_score(pattern: Float[Tensor, "seq seq"]) -> float:
    seq = len(pattern)
    weights = []
    for query in range(1, seq):
        weights.append(pattern[query, query - 1].item())
    if not weights:
        return 0.0
    return sum(weights) / len(weights)
