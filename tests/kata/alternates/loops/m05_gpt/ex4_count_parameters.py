"""Exercise 4: each tensor once, by its identity."""

from torch import nn


def count_parameters(model: nn.Module) -> int:
    seen = set()
    total = 0
    for module in model.modules():
        for parameter in module.parameters(recurse=False):
            if id(parameter) in seen:
                continue
            seen.add(id(parameter))
            numbers = 1
            for size in parameter.shape:
                numbers = numbers * size
            total = total + numbers
    return total
