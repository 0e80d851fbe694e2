"""Milestone 1 as a functional programmer writes it: pure functions here, thin shells beside."""

import math
from collections.abc import Callable
from functools import reduce

import torch
from jaxtyping import Float, Int
from torch import Tensor


def compose(*functions: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    """The functions one after the other, the first one first."""
    return lambda x: reduce(lambda y, function: function(y), functions, x)


def relu(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    return torch.where(x < 0, torch.zeros_like(x), x)


def gelu(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    bend = math.sqrt(2 / math.pi) * x * (1 + 0.044715 * x.square())
    return 0.5 * x * (1 + torch.tanh(bend))


def log_sum_exp(x: Tensor, dim: int) -> Tensor:
    peak = x.amax(dim, keepdim=True).detach()
    return peak + (x - peak).exp().sum(dim, keepdim=True).log()


def log_softmax(x: Tensor, dim: int = -1) -> Tensor:
    return x - log_sum_exp(x, dim)


def softmax(x: Float[Tensor, "..."], dim: int = -1) -> Float[Tensor, "..."]:
    return log_softmax(x, dim).exp()


def cross_entropy(
    logits: Float[Tensor, "... vocab"], targets: Int[Tensor, "..."]
) -> Float[Tensor, ""]:
    surprise = -log_softmax(logits).gather(-1, targets.long().unsqueeze(-1))
    return surprise.mean()


def affine(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    product = torch.matmul(x, weight.mT)
    return product if bias is None else product + bias


def rows(table: Tensor, ids: Tensor) -> Tensor:
    known = (ids >= 0) & (ids < table.shape[0])
    if not known.all():
        raise IndexError(f"id {ids[~known][0].item()} is not in a table of {table.shape[0]} rows")
    return table.index_select(0, ids.long().flatten()).view(*ids.shape, table.shape[1])


def uniform(bound: float, *shape: int) -> Tensor:
    return torch.rand(shape).mul(2).sub(1).mul(bound)
