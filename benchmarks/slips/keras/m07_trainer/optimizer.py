"""AdamW: each number gets a stride of its own, and weights decay."""

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn


def ema_(average: Tensor, value: Tensor, beta: float) -> Tensor:
    """The running mean takes in a value, in place."""
    return average.mul_(beta).add_(value, alpha=1 - beta)


class AdamW(torch.optim.Optimizer):
    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        hyper = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, hyper)

    @torch.no_grad()
    def step(self) -> None:
        work = ((p, group) for group in self.param_groups for p in group["params"])
        for p, group in work:
            if p.grad is not None:
                self.update(p, group)

    def update(self, p: Tensor, group: dict[str, Any]) -> None:
        slots = self.state[p]
        if not slots:
            slots["t"] = 0
            slots["m"] = torch.zeros_like(p)
            slots["v"] = torch.zeros_like(p)
        slots["t"] += 1
        lr, (beta1, beta2) = group["lr"], group["betas"]

        ema_(slots["m"], p.grad, beta1)
        ema_(slots["v"], p.grad.square(), beta2)
        correction1 = 1 - beta1 ** slots["t"]
        correction2 = 1 - beta2 ** slots["t"]
        denominator = slots["v"].sqrt().div_(math.sqrt(correction2)).add_(group["eps"])

        p.mul_(1 - lr * group["weight_decay"])
        p.addcdiv_(slots["m"], denominator, value=-lr / correction1)


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    bins: dict[bool, list[Tensor]] = {True: [], False: []}
    for p in model.parameters():
        if p.requires_grad:
            bins[p.ndim >= 2].append(p)
    return [
        {"params": bins[True], "weight_decay": weight_decay},
        {"params": bins[False], "weight_decay": 0.0},
    ]
