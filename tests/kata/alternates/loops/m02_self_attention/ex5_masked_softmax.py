"""Exercise 5: the masked softmax: the softmax of what is allowed, put back in its places."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from milestones.m01_mlp import softmax


def softmax_of_one_row(
    scores: Float[Tensor, " key"], mask: Bool[Tensor, " key"]
) -> Float[Tensor, " key"]:
    nothing = torch.zeros_like(scores)
    if not mask.any():
        return nothing
    allowed = scores[mask]
    shares = softmax(allowed)
    return nothing.masked_scatter(mask, shares)


def masked_softmax(scores: Float[Tensor, "..."], mask: Bool[Tensor, "..."]) -> Float[Tensor, "..."]:
    mask = mask.expand(scores.shape)
    width = scores.shape[-1]
    score_rows = scores.reshape(-1, width)  # (rows, key)
    mask_rows = mask.reshape(-1, width)  # (rows, key)
    results = []
    for i in range(len(score_rows)):
        results.append(softmax_of_one_row(score_rows[i], mask_rows[i]))
    return torch.stack(results).reshape(scores.shape)
