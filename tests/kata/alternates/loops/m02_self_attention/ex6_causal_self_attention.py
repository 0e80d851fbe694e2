"""Exercise 6: causal attention: each position reads the sequence up to itself."""

import torch
from jaxtyping import Float
from torch import Tensor

from milestones.m01_mlp import softmax
from milestones.m02_self_attention.sequences import apply_to_sequences


def attend_to_the_past(sequence: Float[Tensor, "seq d_model"]) -> Float[Tensor, "seq d_model"]:
    answers = []
    for i in range(len(sequence)):
        query = sequence[i]
        past = sequence[: i + 1]  # (i + 1, d_model)
        scores = (past * query).sum(dim=1)  # (i + 1)
        weights = softmax(scores)
        products = weights.unsqueeze(1) * past  # (i + 1, d_model)
        answers.append(products.sum(dim=0))
    return torch.stack(answers)


def causal_self_attention(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq d_model"]:
    return apply_to_sequences(attend_to_the_past, x)
