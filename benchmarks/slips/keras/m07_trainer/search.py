"""Two numbers that nobody can know in advance: the learning rate and the batch size."""

import math
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from itertools import chain, pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from milestones.m07_trainer.optimizer import AdamW


@contextmanager
def borrowed(model: nn.Module) -> Generator[None]:
    """Whatever happens inside, the model comes back as it was."""
    values = {t: t.detach().clone() for t in chain(model.parameters(), model.buffers())}
    grads = {p: p.grad for p in model.parameters()}
    modes = {module: module.training for module in model.modules()}
    for p in grads:
        p.grad = None
    try:
        yield
    finally:
        with torch.no_grad():
            for t, value in values.items():
                t.copy_(value)
        for p, grad in grads.items():
            p.grad = grad
        for module, mode in modes.items():
            module.training = mode


def lr_range_test(
    model: nn.Module,
    next_batch: Callable[[], tuple[Tensor, Tensor]],
    min_lr: float,
    max_lr: float,
    steps: int,
) -> tuple[list[float], list[float]]:
    ratio = max_lr / min_lr
    rates = [min_lr * ratio ** (i / (steps - 1)) for i in range(steps)]
    losses = []
    with borrowed(model):
        model.train()
        optimizer = AdamW(model.parameters())
        for rate in rates:
            for group in optimizer.param_groups:
                group["lr"] = rate
            x, y = next_batch()
            loss = cross_entropy(model(x).flatten(0, 1), y.flatten())
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return rates, losses


def suggest_lr(lrs: Sequence[float], losses: Sequence[float]) -> float:
    points = ((lr, loss) for lr, loss in zip(lrs, losses, strict=True) if math.isfinite(loss))
    slopes = [
        ((after - before) / math.log(right / left), left)
        for (left, before), (right, after) in pairwise(points)
    ]
    return min(slopes)[1]


def find_batch_size(try_step: Callable[[int], object], start: int = 1, limit: int = 1024) -> int:
    def fits(size: int) -> bool:
        try:
            try_step(size)
        except torch.OutOfMemoryError:
            return False
        return True

    known = {"fits": 0, "fails": limit + 1}  # the answer is between
    size = max(1, min(start, limit))
    failed = False
    while known["fails"] - known["fits"] > 1:
        if fits(size):
            known["fits"] = size
        else:
            known["fails"], failed = size, True
        size = sum(known.values()) // 2 if failed else min(2 * size, limit)
    if known["fits"] == 0:
        raise RuntimeError("not even a batch of 1 fits into memory")
    return known["fits"]
