"""The four functions that every network in this course is made of."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor


def relu(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    is_negative = x < 0
    zeros_of_same_shape = torch.zeros_like(x)
    return torch.where(is_negative, zeros_of_same_shape, x)


def gelu(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    scale_factor = math.sqrt(2.0 / math.pi)
    x_cubed = x * x * x
    inside_of_tanh = scale_factor * (x + 0.044715 * x_cubed)
    bent = 1.0 + torch.tanh(inside_of_tanh)
    return 0.5 * x * bent


def softmax(x: Float[Tensor, "..."], dim: int = -1) -> Float[Tensor, "..."]:
    largest_score, _position_of_largest = torch.max(x, dim=dim, keepdim=True)
    shifted_scores = x - largest_score
    exponentials = torch.exp(shifted_scores)
    sum_of_exponentials = exponentials.sum(dim=dim, keepdim=True)
    return exponentials / sum_of_exponentials


def cross_entropy(
    logits: Float[Tensor, "... vocab"], targets: Int[Tensor, "..."]
) -> Float[Tensor, ""]:
    vocab_size = logits.shape[-1]
    # one long list of predictions, the leading axes do not matter any more
    list_of_logits = logits.reshape(-1, vocab_size)
    list_of_targets = targets.reshape(-1).long()
    number_of_targets = list_of_targets.shape[0]
    assert list_of_logits.shape[0] == number_of_targets, "one target for each row of logits"

    biggest_logit = list_of_logits.max(dim=1, keepdim=True).values
    shifted_logits = list_of_logits - biggest_logit
    log_of_sum = torch.log(torch.exp(shifted_logits).sum(dim=1))

    row_numbers = torch.arange(number_of_targets, device=logits.device)
    logit_of_right_answer = shifted_logits[row_numbers, list_of_targets]
    surprises = log_of_sum - logit_of_right_answer
    return surprises.sum() / number_of_targets
