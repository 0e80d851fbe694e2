"""Masks say who may look at whom; a masked softmax keeps to them."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, softmax


def causal_mask(seq: int) -> Bool[Tensor, "seq seq"]:
    mask_rows = torch.zeros(seq, seq, dtype=torch.bool)
    for query_position in range(seq):
        for key_position in range(query_position + 1):
            mask_rows[query_position, key_position] = True
    return mask_rows


def padding_mask(tokens: Int[Tensor, "batch seq"], pad_id: int) -> Bool[Tensor, "batch seq"]:
    is_padding = tokens == pad_id
    is_real = torch.logical_not(is_padding)
    return is_real


def masked_softmax(scores: Float[Tensor, "..."], mask: Bool[Tensor, "..."]) -> Float[Tensor, "..."]:
    is_hidden = ~mask
    row_sees_nothing = is_hidden.all(dim=-1, keepdim=True)

    scores_with_infinity = scores.masked_fill(is_hidden, float("-inf"))
    # a row of nothing but -inf would be 0/0, so it gets harmless numbers first
    safe_scores = scores_with_infinity.masked_fill(row_sees_nothing, 0.0)
    probabilities = softmax(safe_scores, dim=-1)
    only_allowed = probabilities.masked_fill(is_hidden, 0.0)
    return only_allowed
