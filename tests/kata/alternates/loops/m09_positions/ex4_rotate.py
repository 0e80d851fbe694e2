"""Exercise 4: a pair after the other."""

import torch
from jaxtyping import Float
from torch import Tensor


def rotate(
    x: Float[Tensor, "... seq d_head"], cos: Float[Tensor, "..."], sin: Float[Tensor, "..."]
) -> Float[Tensor, "... seq d_head"]:
    half = x.shape[-1] // 2
    dtype = x.dtype
    if dtype != torch.float64:
        x = x.float()
    shape = (*x.shape[:-1], half)
    cos = torch.broadcast_to(cos, shape)
    sin = torch.broadcast_to(sin, shape)
    first = []
    second = []
    for pair in range(half):
        a = x[..., pair]
        b = x[..., pair + half]
        c = cos[..., pair]
        s = sin[..., pair]
        first.append(a * c - b * s)
        second.append(a * s + b * c)
    turned = torch.stack(first + second, dim=-1)
    return turned.to(dtype)
