"""Exercise 1: a row for each query, one key after the other."""

import torch
from jaxtyping import Int
from torch import Tensor


def relative_positions(query: int, key: int, max_distance: int) -> Int[Tensor, "query key"]:
    if query > key:
        message = f"cannot place {query} queries among {key} keys"
        raise ValueError(message)
    rows = torch.zeros(query, key, dtype=torch.long)
    first = key - query
    for i in range(query):
        for j in range(key):
            distance = j - (first + i)
            if distance > max_distance:
                distance = max_distance
            if distance < -max_distance:
                distance = -max_distance
            rows[i, j] = distance + max_distance
    return rows
