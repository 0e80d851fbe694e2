"""Exercise 9: one text after the other."""

from jaxtyping import Float
from torch import Tensor


def in_context_score(losses: Float[Tensor, "batch seq"], early: int, late: int) -> float:
    texts = len(losses)
    sum_early = 0.0
    sum_late = 0.0
    for text in losses:
        sum_early += text[early].item()
        sum_late += text[late].item()
    return sum_late / texts - sum_early / texts
