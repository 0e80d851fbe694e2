"""AdamW as a function of a parameter and its state, and a shell that remembers the state."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn


class Moments(NamedTuple):
    """The running means of the gradient and of its square, after `step` steps."""

    step: int
    mean: Tensor
    square: Tensor


def observed(old: Moments, gradient: Tensor, betas: tuple[float, float]) -> Moments:
    mean = torch.lerp(gradient, old.mean, betas[0])
    square = torch.lerp(gradient.square(), old.square, betas[1])
    return Moments(old.step + 1, mean, square)


def stride(moments: Moments, betas: tuple[float, float], eps: float) -> Tensor:
    mean = moments.mean / (1 - betas[0] ** moments.step)
    square = moments.square / (1 - betas[1] ** moments.step)
    return mean / (square.sqrt() + eps)


class AdamW(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-3, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01) -> None:
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
        super().__init__(params, defaults)

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    self.update(parameter, group)

    def update(self, p: Tensor, group: dict[str, Any]) -> None:
        lr, betas = group["lr"], group["betas"]
        nothing = torch.zeros_like(p)
        state = self.state[p] or Moments(0, nothing, nothing)._asdict()
        moments = observed(Moments(**state), p.grad, betas)
        self.state[p] = moments._asdict()
        decayed = p * (1 - lr * group["weight_decay"])
        p.copy_(decayed - lr * stride(moments, betas, group["eps"]))


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    trained = [p for p in model.parameters() if p.requires_grad]
    return [
        {"params": [p for p in trained if p.ndim >= 2], "weight_decay": weight_decay},
        {"params": [p for p in trained if p.ndim < 2], "weight_decay": 0},
    ]
