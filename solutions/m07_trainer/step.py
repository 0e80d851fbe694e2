"""One step of training, what keeps it in bounds, and what it is worth.

Uses AdamW through its interface alone. The cross entropy is PyTorch's: milestone 1 built it.
"""

import math
from collections.abc import Iterable, Sequence

import torch
from jaxtyping import Int
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from milestones.m07_trainer.data import get_batch

Batch = tuple[Tensor, Tensor]  # inputs and targets, both (batch, context_length)


@torch.no_grad()
def clip_grad_norm(parameters: Iterable[Tensor], max_norm: float) -> float:
    r"""Shorten all gradients together, so that the step cannot be longer than max_norm.

    $g \leftarrow g \cdot \min\left(1, \frac{\mathrm{max\_norm}}{\lVert g \rVert}\right)$, where
    $\lVert g \rVert$ is the norm of all gradients laid end to end

    parameters: any iterable, read once. Those without a gradient are skipped. In place; the
    direction stays, and what is short enough is left alone.

    Returns the norm before, 0.0 where there is no gradient; inf and NaN are not hidden.

    Example: gradients [3] and [4] have the norm 5; with max_norm 1 they become [0.6] and [0.8].

    Source: Pascanu et al. 2013, section 3.2.
    """
    grads = [p.grad for p in parameters if p.grad is not None]
    norm = torch.stack([grad.norm() for grad in grads]).norm().item() if grads else 0.0
    if norm > max_norm:
        for grad in grads:
            grad.mul_(max_norm / norm)
    return norm


def warmup_cosine(
    step: int, max_lr: float, min_lr: float, warmup_steps: int, total_steps: int
) -> float:
    r"""The learning rate of a step: a straight line up, half a cosine down, then level.

    $\eta_t = \eta_{\max} \, t / t_w$ for $t < t_w$, then
    $\eta_{\min} + \frac{1}{2} (\eta_{\max} - \eta_{\min}) \left(1 + \cos \pi
    \frac{t - t_w}{T - t_w}\right)$ for $t < T$, then $\eta_{\min}$

    $t$: step. $t_w$: warmup_steps, 0 for none. $T$: total_steps.

    Example: with max_lr 1, min_lr 0, 2 warm-up steps and 6 in all, the steps 0 to 6 have
    0, 0.5, 1, 0.854, 0.5, 0.146, 0.

    Source: Loshchilov and Hutter 2017, section 3; Goyal et al. 2017, section 2.2.
    """
    if step < warmup_steps:
        return max_lr * step / warmup_steps
    if step >= total_steps:
        return min_lr
    progress = (step - warmup_steps) / (total_steps - warmup_steps)
    return min_lr + (max_lr - min_lr) * (1 + math.cos(math.pi * progress)) / 2


def train_step(
    model: nn.Module,
    batches: Sequence[Batch],
    optimizer: torch.optim.Optimizer,
    max_norm: float = 1.0,
) -> tuple[float, float]:
    """Change the weights once, by the mean loss over all targets of all batches.

    batches: the micro-batches of one step, each inputs and targets "batch seq". Because every
    target counts the same, they have the effect of one large batch, also where their sizes differ.
    Gradients left from before do not count. Clips the gradient of all parameters together to
    max_norm. The model's mode is left alone.

    model: tokens "batch seq" to logits "batch seq vocab".
    Returns that mean loss before the change, and the gradient's norm before clipping.

    Example: micro-batches of 3 and 1 targets with mean losses 2 and 4 have the loss 2.5.

    Source: Goyal et al. 2017, section 3, on the mean over unequal batches.
    """
    model.zero_grad()
    n_targets = sum(targets.numel() for _, targets in batches)
    total = 0.0
    for inputs, targets in batches:
        logits = model(inputs).flatten(0, 1)  # (batch * seq, vocab)
        loss = cross_entropy(logits, targets.flatten(), reduction="sum") / n_targets
        loss.backward()
        total += loss.item()
    grad_norm = clip_grad_norm(model.parameters(), max_norm)
    optimizer.step()
    return total, grad_norm


def estimate_loss(
    model: nn.Module,
    data: Int[Tensor, " n"],
    n_batches: int,
    batch_size: int,
    context_length: int,
    generator: torch.Generator,
) -> float:
    """The mean loss on n_batches batches of `data`, drawn by get_batch with the generator.

    The model is in eval mode and computes no gradient meanwhile; afterwards, also after an error,
    each of its modules has the mode that it had.
    """
    modes = {module: module.training for module in model.modules()}
    model.eval()
    total = 0.0
    try:
        with torch.no_grad():
            for _ in range(n_batches):
                inputs, targets = get_batch(data, batch_size, context_length, generator)
                total += cross_entropy(model(inputs).flatten(0, 1), targets.flatten()).item()
    finally:
        for module, mode in modes.items():
            module.training = mode
    return total / n_batches
