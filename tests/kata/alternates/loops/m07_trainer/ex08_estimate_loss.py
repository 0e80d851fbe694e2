"""Exercise 8: the estimate."""

import torch
from torch import Tensor, nn

from milestones.m07_trainer.ex02_get_batch import get_batch


def estimate_loss(
    model: nn.Module,
    data: Tensor,
    n_batches: int,
    batch_size: int,
    context_length: int,
    generator: torch.Generator,
) -> float:
    training_before = []
    for module in model.modules():
        training_before.append(module.training)
    losses = []
    try:
        for module in model.modules():
            module.training = False
        for _ in range(n_batches):
            inputs, targets = get_batch(data, batch_size, context_length, generator)
            with torch.no_grad():
                log_probs = torch.log_softmax(model(inputs), dim=-1)
            picked = log_probs.gather(-1, targets.unsqueeze(-1))
            losses.append(float(-picked.mean()))
    finally:
        for module, training in zip(model.modules(), training_before, strict=True):
            module.training = training
    return sum(losses) / len(losses)
