"""Exercise 5: one eigenvalue after the other."""

import torch
from jaxtyping import Float
from torch import Tensor


def copying_score(left: Float[Tensor, "n d"], right: Float[Tensor, "d n"]) -> float:
    small = torch.matmul(right, left)
    eigenvalues = torch.linalg.eigvals(small).tolist()
    total = 0.0
    sizes = 0.0
    for value in eigenvalues:
        total += value.real
        sizes += abs(value)
    if sizes == 0.0:
        return 0.0
    return total / sizes
