"""Exercise 5: the penalty, one token of the text at a time."""

from jaxtyping import Float, Int
from torch import Tensor


def frequency_penalty(
    logits: Float[Tensor, "batch vocab"], tokens: Int[Tensor, "batch seq"], penalty: float | int
) -> Float[Tensor, "batch vocab"]:
    result = logits.clone()
    for i in range(len(tokens)):
        for token in tokens[i]:
            result[i, token] -= penalty
    return result
