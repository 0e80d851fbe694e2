"""The reshape at the heart of multi-head attention: the width becomes heads, and back."""

import torch
from jaxtyping import Float
from torch import Tensor


def split_heads(
    x: Float[Tensor, "... seq d_model"], n_heads: int
) -> Float[Tensor, "... heads seq d_head"]:
    *lead, n, d = x.shape
    if n_heads < 1 or d % n_heads:
        raise ValueError(f"d_model = {d} cannot be cut into n_heads = {n_heads} equal slices")
    y = x.reshape(*lead, n, n_heads, d // n_heads)
    return y.movedim(-2, -3)


def merge_heads(x: Float[Tensor, "... heads seq d_head"]) -> Float[Tensor, "... seq d_model"]:
    *lead, h, n, dh = x.shape
    y = torch.einsum("...hnj->...nhj", x)
    return y.reshape(*lead, n, h * dh)
