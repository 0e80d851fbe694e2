"""Exercise 2: the width is cut into heads, one slice at a time."""

import torch
from jaxtyping import Float
from torch import Tensor


def split_heads(
    x: Float[Tensor, "... seq d_model"], n_heads: int
) -> Float[Tensor, "... heads seq d_head"]:
    d_model = x.shape[-1]
    if d_model % n_heads != 0:
        message = f"cannot split {d_model} columns among {n_heads} heads"
        raise ValueError(message)
    d_head = d_model // n_heads
    slices = []
    for head in range(n_heads):
        start = head * d_head
        stop = start + d_head
        slices.append(x[..., start:stop])
    return torch.stack(slices, dim=-3)
