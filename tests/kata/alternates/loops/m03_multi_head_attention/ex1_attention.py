"""Exercise 1: attention, one query at a time, and of the keys only those it may see."""

import math
from typing import no_type_check

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from milestones.m01_mlp import softmax


@no_type_check  # for one query a check would take longer
def answer_one_query(
    query: Float[Tensor, " d_head"],
    keys: Float[Tensor, "key d_head"],
    values: Float[Tensor, "key d_value"],
    may_see: list[bool],
) -> Float[Tensor, " d_value"]:
    scores = []
    seen_values = []
    for j in range(len(keys)):
        if may_see[j]:
            score = (query * keys[j]).sum() / math.sqrt(len(query))
            scores.append(score)
            seen_values.append(values[j])
    answer = torch.zeros_like(values[0])
    if len(scores) == 0:
        return answer
    weights = softmax(torch.stack(scores))
    for weight, value in zip(weights, seen_values, strict=True):
        answer = answer + weight * value
    return answer


def scaled_dot_product_attention(
    q: Float[Tensor, "... query d_head"],
    k: Float[Tensor, "... key d_head"],
    v: Float[Tensor, "... key d_value"],
    mask: Bool[Tensor, "..."] | None = None,
) -> Float[Tensor, "... query d_value"]:
    shape = [*q.shape[:-1], k.shape[-2]]
    if mask is None:
        mask = torch.ones(shape, dtype=torch.bool)
    mask = mask.expand(shape)
    if q.ndim > 2:
        answers = []
        for i in range(len(q)):
            answers.append(scaled_dot_product_attention(q[i], k[i], v[i], mask[i]))
        return torch.stack(answers)
    answers = []
    for i in range(len(q)):
        answer = answer_one_query(q[i], k, v, mask[i].tolist())
        answers.append(answer)
    return torch.stack(answers)
