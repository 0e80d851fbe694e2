"""Milestone 3 as a functional programmer writes it: pure functions here, thin shells beside."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from milestones.m02_self_attention import masked_softmax


def scaled_scores(q: Tensor, k: Tensor) -> Tensor:
    return torch.matmul(q, k.mT) * q.shape[-1] ** -0.5  # (..., query, key)


def normalised(scores: Tensor, mask: Tensor | None) -> Tensor:
    return scores.softmax(-1) if mask is None else masked_softmax(scores, mask)


def scaled_dot_product_attention(
    q: Float[Tensor, "... query d_head"],
    k: Float[Tensor, "... key d_head"],
    v: Float[Tensor, "... key d_value"],
    mask: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "... query d_value"]:
    weights = normalised(scaled_scores(q, k), mask)
    return torch.matmul(weights, v)


def require_divisible(d_model: int, n_heads: int) -> None:
    if d_model % n_heads != 0:
        raise ValueError(f"{d_model} numbers cannot be shared out evenly to {n_heads} heads")


def split_heads(
    x: Float[Tensor, "... seq d_model"], n_heads: int
) -> Float[Tensor, "... heads seq d_head"]:
    require_divisible(x.shape[-1], n_heads)
    slices = x.unflatten(-1, (n_heads, -1))  # (..., seq, heads, d_head)
    return slices.movedim(-2, -3)


def merge_heads(x: Float[Tensor, "... heads seq d_head"]) -> Float[Tensor, "... seq d_model"]:
    return x.movedim(-3, -2).flatten(start_dim=-2)


def same_for_every_head(mask: Tensor | None) -> Tensor | None:
    """Room for the heads' axis; a mask without a batch axis broadcasts as it is."""
    return mask if mask is None or mask.dim() < 3 else mask.unsqueeze(-3)
