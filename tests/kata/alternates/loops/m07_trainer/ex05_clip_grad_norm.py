"""Exercise 5: clipping, one tensor after the other."""

import math
from collections.abc import Iterable

import torch
from torch import Tensor


def clip_grad_norm(parameters: Iterable[Tensor], max_norm: float) -> float:
    gradients = []
    total = 0.0
    for parameter in parameters:
        if parameter.grad is None:
            continue
        gradients.append(parameter.grad)
        total = total + float((parameter.grad * parameter.grad).sum())
    norm = math.sqrt(total)
    if norm <= max_norm:
        return norm
    factor = max_norm / norm
    for gradient in gradients:
        with torch.no_grad():
            gradient.copy_(gradient * factor)
    return norm
