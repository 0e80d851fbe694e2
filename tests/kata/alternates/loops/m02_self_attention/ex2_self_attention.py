"""Exercise 2: the weighted means, one position at a time."""

import torch
from jaxtyping import Float
from torch import Tensor

from milestones.m02_self_attention.ex1_attention_weights import weights_of_one_sequence
from milestones.m02_self_attention.sequences import apply_to_sequences


def attend_in_one_sequence(
    sequence: Float[Tensor, "seq d_model"],
) -> Float[Tensor, "seq d_model"]:
    weights = weights_of_one_sequence(sequence)
    n = len(sequence)
    answers = []
    for i in range(n):
        mean = torch.zeros_like(sequence[0])
        for j in range(n):
            mean = mean + weights[i, j] * sequence[j]
        answers.append(mean)
    return torch.stack(answers)


def self_attention(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq d_model"]:
    return apply_to_sequences(attend_in_one_sequence, x)
