"""The two numbers that have to be tried."""

from collections.abc import Callable, Generator
from contextlib import contextmanager

import torch
from torch import nn

from milestones.m07_trainer.optimizer import AdamW
from milestones.m07_trainer.step import batch_loss, modes_kept


@contextmanager
def untouched(model: nn.Module) -> Generator[None]:
    """Within the block the model may be trained; afterwards nothing of that is left."""
    values = {name: value.clone() for name, value in model.state_dict().items()}
    gradients = [(p, p.grad) for p in model.parameters()]
    model.zero_grad(set_to_none=True)
    try:
        with modes_kept(model):
            yield
    finally:
        model.load_state_dict(values)
        for parameter, gradient in gradients:
            parameter.grad = gradient


def lr_range_test(model, next_batch, min_lr, max_lr, steps) -> tuple[list[float], list[float]]:
    lrs = [min_lr * (max_lr / min_lr) ** (i / (steps - 1)) for i in range(steps)]
    optimizer = AdamW(model.parameters())

    def loss_at(lr: float) -> float:
        for group in optimizer.param_groups:
            group["lr"] = lr
        optimizer.zero_grad()
        loss = batch_loss(model, *next_batch(), reduction="mean")
        loss.backward()
        optimizer.step()
        return loss.item()

    with untouched(model):
        model.train()
        return lrs, [loss_at(lr) for lr in lrs]


def bisected(fits: Callable[[int], bool], good: int, bad: int) -> int:
    """The largest that fits, between one that does and one that does not."""
    if bad - good == 1:
        return good
    middle = (good + bad) // 2
    return bisected(fits, middle, bad) if fits(middle) else bisected(fits, good, middle)


def doubled(fits: Callable[[int], bool], good: int, limit: int) -> int:
    if good == limit:
        return limit
    larger = min(2 * good, limit)
    return doubled(fits, larger, limit) if fits(larger) else bisected(fits, good, larger)


def find_batch_size(try_step: Callable[[int], object], start: int = 1, limit: int = 1024) -> int:
    def fits(size: int) -> bool:
        try:
            try_step(size)
        except torch.OutOfMemoryError:
            return False
        return True

    guess = min(start, limit)
    found = doubled(fits, guess, limit) if fits(guess) else bisected(fits, 0, guess)
    if found == 0:
        raise RuntimeError("not even a batch of 1 fits into memory")
    return found
