"""Exercise 3: AdamW, equation by equation."""

from typing import Any

import torch


class AdamW(torch.optim.Optimizer):
    def __init__(
        self,
        params: Any,
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        defaults = {}
        defaults["lr"] = lr
        defaults["betas"] = betas
        defaults["eps"] = eps
        defaults["weight_decay"] = weight_decay
        super().__init__(params, defaults)

    def step(self) -> None:
        with torch.no_grad():
            for group in self.param_groups:
                for parameter in group["params"]:
                    if parameter.grad is not None:
                        self.step_one(parameter, group)

    def step_one(self, parameter: torch.Tensor, group: dict[str, Any]) -> None:
        gradient = parameter.grad
        state = self.state[parameter]
        if len(state) == 0:
            state["steps"] = 0
            state["first"] = torch.zeros_like(parameter)
            state["second"] = torch.zeros_like(parameter)
        state["steps"] = state["steps"] + 1
        beta1 = group["betas"][0]
        beta2 = group["betas"][1]
        first = beta1 * state["first"] + (1 - beta1) * gradient
        second = beta2 * state["second"] + (1 - beta2) * gradient**2
        state["first"] = first
        state["second"] = second
        first_corrected = first / (1 - beta1 ** state["steps"])
        second_corrected = second / (1 - beta2 ** state["steps"])
        decayed = parameter - group["lr"] * group["weight_decay"] * parameter
        change = first_corrected / (torch.sqrt(second_corrected) + group["eps"])
        parameter.copy_(decayed - group["lr"] * change)
