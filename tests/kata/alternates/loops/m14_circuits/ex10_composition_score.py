"""Exercise 10: the norm is written out."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def norm_of(matrix: Tensor) -> float:
    total = 0.0
    for row in matrix:
        for number in row:
            total += number.item() ** 2
    return math.sqrt(total)


def composition_score(writer: Float[Tensor, "d d"], reader: Float[Tensor, "d d"]) -> float:
    norm_writer = norm_of(writer)
    norm_reader = norm_of(reader)
    if norm_writer == 0.0 or norm_reader == 0.0:
        return 0.0
    product = torch.matmul(writer, reader)
    return norm_of(product) / (norm_writer * norm_reader)
