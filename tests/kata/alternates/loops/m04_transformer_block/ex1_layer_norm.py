"""Exercise 1: layer norm, one position at a time."""

from typing import no_type_check

import torch
from jaxtyping import Float
from torch import Tensor, nn


class LayerNorm(nn.Module):
    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.d_model = d_model
        self.eps = eps
        self.bias = nn.Parameter(torch.zeros(d_model))
        self.weight = nn.Parameter(torch.ones(d_model))

    @no_type_check  # for so few numbers a check would take longer
    def one_position(self, numbers: Float[Tensor, " d_model"]) -> Float[Tensor, " d_model"]:
        mean = sum(numbers) / self.d_model
        total = torch.zeros_like(mean)
        for number in numbers:
            total = total + (number - mean) ** 2
        variance = total / self.d_model
        std = (variance + self.eps).sqrt()
        answers = []
        for i in range(self.d_model):
            normalised = (numbers[i] - mean) / std
            answers.append(self.weight[i] * normalised + self.bias[i])
        return torch.stack(answers)

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        if x.numel() == 0:
            return x
        answers = []
        for position in x.reshape(-1, self.d_model):
            answers.append(self.one_position(position))
        return torch.stack(answers).reshape(x.shape)
