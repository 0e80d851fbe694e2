"""Exercise 11: the range test, on the model itself, which is put back."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from milestones.m07_trainer.ex03_adamw import AdamW


def lr_range_test(
    model: nn.Module, next_batch: Callable[[], Any], min_lr: float, max_lr: float, steps: int
) -> tuple[list[float], list[float]]:
    saved = {}
    for name, value in model.state_dict().items():
        saved[name] = value.clone()
    gradients = []
    for parameter in model.parameters():
        gradients.append(parameter.grad)
        parameter.grad = None
    try:
        return train_with_growing_rates(model, next_batch, min_lr, max_lr, steps)
    finally:
        model.load_state_dict(saved)
        for parameter, gradient in zip(model.parameters(), gradients, strict=True):
            parameter.grad = gradient


def train_with_growing_rates(model, next_batch, min_lr, max_lr, steps):
    factor = (max_lr / min_lr) ** (1 / (steps - 1))
    optimizer = AdamW(model.parameters(), lr=min_lr)
    lrs = []
    losses = []
    lr = min_lr
    for _ in range(steps):
        inputs, targets = next_batch()
        log_probs = torch.log_softmax(model(inputs), dim=-1)
        loss = -log_probs.gather(-1, targets.unsqueeze(-1)).mean()
        lrs.append(lr)
        losses.append(loss.item())
        for group in optimizer.param_groups:
            group["lr"] = lr
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        lr = lr * factor
    return lrs, losses
