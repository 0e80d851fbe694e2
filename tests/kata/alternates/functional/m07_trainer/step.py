"""One step of training, and what it is worth."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager

import torch
from jaxtyping import Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from milestones.m07_trainer.pure import get_batch


@torch.no_grad()
def clip_grad_norm(parameters: Iterable[Tensor], max_norm: float) -> float:
    gradients = [p.grad for p in parameters if p.grad is not None]
    squares = sum(g.double().square().sum().item() for g in gradients)
    norm = float(squares**0.5)
    if norm > max_norm:
        for gradient in gradients:
            gradient.mul_(max_norm / norm)
    return norm


def batch_loss(model: nn.Module, inputs: Tensor, targets: Tensor, reduction: str) -> Tensor:
    return cross_entropy(model(inputs).flatten(0, 1), targets.flatten(), reduction=reduction)


def train_step(model, batches, optimizer, max_norm=1.0) -> tuple[float, float]:
    model.zero_grad()
    n_targets = sum(targets.numel() for _, targets in batches)
    loss = 0.0
    for inputs, targets in batches:
        share = batch_loss(model, inputs, targets, reduction="sum") / n_targets
        share.backward()
        loss += share.item()
    norm = clip_grad_norm(model.parameters(), max_norm)
    optimizer.step()
    return loss, norm


@contextmanager
def modes_kept(model: nn.Module) -> Generator[None]:
    modes = {module: module.training for module in model.modules()}
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


@torch.no_grad()
def estimate_loss(
    model: nn.Module,
    data: Int[Tensor, " n"],
    n_batches: int,
    batch_size: int,
    context_length: int,
    generator: torch.Generator,
) -> float:
    draw = lambda: get_batch(data, batch_size, context_length, generator)  # noqa: E731
    with modes_kept(model):
        model.eval()
        losses = [batch_loss(model, *draw(), reduction="mean").item() for _ in range(n_batches)]
    return sum(losses) / n_batches
