"""Exercise 1: the split."""

from jaxtyping import Int
from torch import Tensor


def train_val_split(
    data: Int[Tensor, " n"], val_fraction: float
) -> tuple[Int[Tensor, " train"], Int[Tensor, " val"]]:
    n = len(data)
    n_val = round(n * val_fraction)
    first_val = n - n_val
    train = data[0:first_val]
    val = data[first_val:n]
    return train, val
