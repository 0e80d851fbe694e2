"""Exercise 1: the weights, one dot product at a time."""

import torch
from jaxtyping import Float
from torch import Tensor

from milestones.m01_mlp import softmax
from milestones.m02_self_attention.sequences import apply_to_sequences


def weights_of_one_sequence(sequence: Float[Tensor, "seq d_model"]) -> Float[Tensor, "seq seq"]:
    rows = []
    for query in sequence:
        scores = []
        for key in sequence:
            score = (query * key).sum()
            scores.append(score)
        row = softmax(torch.stack(scores))
        rows.append(row)
    return torch.stack(rows)


def attention_weights(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq seq"]:
    return apply_to_sequences(weights_of_one_sequence, x)
