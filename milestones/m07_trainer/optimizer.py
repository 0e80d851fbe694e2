"""AdamW: each number gets a stride of its own, and weights decay.

Nothing earlier is needed.
"""

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn


class AdamW(torch.optim.Optimizer):
    r"""Adam with decoupled weight decay, step for step as PyTorch has it.

    $\theta \leftarrow \theta - \eta \lambda \theta$, then with the gradient $g$ of step $t$
    (from 1)

    $m \leftarrow \beta_1 m + (1 - \beta_1) g$, $v \leftarrow \beta_2 v + (1 - \beta_2) g^2$,

    $\theta \leftarrow \theta - \eta \, \frac{m / (1 - \beta_1^t)}
    {\sqrt{v / (1 - \beta_2^t)} + \epsilon}$

    params: tensors, or dicts of parameter groups, as torch.optim.Optimizer takes them. Its
    `param_groups` hold each group's params, lr, betas, eps and weight_decay, which may be changed
    between steps. m, v and t of each parameter stand in its `state`, so that state_dict() holds
    all that is needed to go on. A parameter without a gradient is left alone, and its t too.

    Example: one number 1 with gradient 2 becomes 1 - 0.1 = 0.9 with lr 0.1 and no decay.

    Source: Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019, algorithm 2.
    """

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        raise NotImplementedError

    @torch.no_grad()
    def step(self) -> None:
        raise NotImplementedError

    def update(self, p: Tensor, group: dict[str, Any]) -> None:
        """One step of one parameter. A helper for step; you may leave it out."""
        raise NotImplementedError


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict[str, Any]]:
    """The model's parameters in two groups for AdamW: what decays, and what does not.

    Matrices, embeddings and whatever else has two or more dimensions decay; biases and the
    weights of norms do not. Frozen parameters are left out, tied ones stand there once.

    Returns [{"params": [...], "weight_decay": weight_decay}, {"params": [...], "weight_decay": 0}].

    Example: of a Linear the weight is in the first group, the bias in the second.

    Source: Radford et al. 2018, section 4.1.
    """
    raise NotImplementedError
