"""One step of training, what keeps it in bounds, and what it is worth."""

import math
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager

import torch
from jaxtyping import Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from milestones.m07_trainer.data import get_batch

Batch = tuple[Tensor, Tensor]  # inputs and targets, both (batch, context_length)


@torch.no_grad()
def clip_grad_norm(parameters: Iterable[Tensor], max_norm: float) -> float:
    grads = [p.grad for p in parameters if p.grad is not None]
    if not grads:
        return 0.0
    lengths = torch.stack([torch.linalg.vector_norm(g).to(grads[0].device) for g in grads])
    norm = torch.linalg.vector_norm(lengths).item()
    if not norm <= max_norm:  # NaN too
        for g in grads:
            g.mul_(max_norm / norm)
    return norm


def warmup_cosine(
    step: int, max_lr: float, min_lr: float, warmup_steps: int, total_steps: int
) -> float:
    def ramp(t: int) -> float:
        return max_lr * t / warmup_steps

    def anneal(t: int) -> float:
        progress = (t - warmup_steps) / (total_steps - warmup_steps)
        return min_lr + 0.5 * (max_lr - min_lr) * (1 + math.cos(math.pi * progress))

    def level(t: int) -> float:
        return min_lr

    pieces = ((warmup_steps, ramp), (total_steps, anneal), (math.inf, level))
    return next(piece(step) for end, piece in pieces if step < end)


def train_step(
    model: nn.Module,
    batches: Sequence[Batch],
    optimizer: torch.optim.Optimizer,
    max_norm: float = 1.0,
) -> tuple[float, float]:
    n_targets = sum(y.numel() for _, y in batches)
    optimizer.zero_grad()
    shares = []
    for x, y in batches:
        logits = model(x)
        share = cross_entropy(logits.flatten(0, 1), y.flatten(), reduction="sum") / n_targets
        share.backward()
        shares.append(share.item())
    norm = clip_grad_norm(model.parameters(), max_norm)
    optimizer.step()
    return sum(shares), norm


@contextmanager
def evaluating(model: nn.Module) -> Generator[None]:
    """Eval mode inside; afterwards each module has its own mode back."""
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def estimate_loss(
    model: nn.Module,
    data: Int[Tensor, " n"],
    n_batches: int,
    batch_size: int,
    context_length: int,
    generator: torch.Generator,
) -> float:
    def one() -> float:
        x, y = get_batch(data, batch_size, context_length, generator)
        return cross_entropy(model(x).flatten(0, 1), y.flatten()).item()

    with evaluating(model), torch.no_grad():
        return math.fsum(one() for _ in range(n_batches)) / n_batches
