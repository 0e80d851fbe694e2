"""Exercise 7: one step."""

from typing import Any

import torch
from torch import nn

from milestones.m07_trainer.ex05_clip_grad_norm import clip_grad_norm


def train_step(
    model: nn.Module, batches: list[Any], optimizer: torch.optim.Optimizer, max_norm: float = 1.0
) -> tuple[float, float]:
    for parameter in model.parameters():
        parameter.grad = None
    count = 0
    for _, targets in batches:
        count = count + targets.shape[0] * targets.shape[1]
    sum_of_losses = 0.0
    for inputs, targets in batches:
        logits = model(inputs)
        log_probs = torch.log_softmax(logits, dim=-1)
        picked = log_probs.gather(-1, targets.unsqueeze(-1))
        loss = -picked.sum()
        (loss / count).backward()
        sum_of_losses = sum_of_losses + loss.item()
    grad_norm = clip_grad_norm(model.parameters(), max_norm)
    optimizer.step()
    return sum_of_losses / count, grad_norm
