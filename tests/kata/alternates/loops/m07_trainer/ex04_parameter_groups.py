"""Exercise 4: the two groups."""

from typing import Any

from torch import nn


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    decaying = []
    resting = []
    for _, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        if len(parameter.shape) > 1:
            decaying.append(parameter)
        else:
            resting.append(parameter)
    first = {"params": decaying, "weight_decay": weight_decay}
    second = {"params": resting, "weight_decay": 0.0}
    return [first, second]
