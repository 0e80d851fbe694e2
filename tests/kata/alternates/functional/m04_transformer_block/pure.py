"""Milestone 4 as a functional programmer writes it: pure functions here, thin shells beside."""

from collections.abc import Callable

import torch
from torch import Tensor

Map = Callable[[Tensor], Tensor]


def standardise(x: Tensor, eps: float) -> Tensor:
    centred = x - x.mean(-1, keepdim=True)
    variance = centred.square().mean(-1, keepdim=True)
    return centred * torch.rsqrt(variance + eps)


def thin_out(x: Tensor, p: float) -> Tensor:
    kept = torch.rand_like(x) >= p
    return torch.where(kept, x / (1 - p), torch.zeros_like(x))


def pre_norm(norm: Map, sublayer: Map, dropout: Map) -> Map:
    return lambda x: x + dropout(sublayer(norm(x)))


def post_norm(norm: Map, sublayer: Map, dropout: Map) -> Map:
    return lambda x: norm(x + dropout(sublayer(x)))
