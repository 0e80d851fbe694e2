"""Milestone 2 as a functional programmer writes it: pure functions here, a thin shell beside."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from milestones.m01_mlp import softmax


def likeness(x: Tensor) -> Tensor:
    return torch.matmul(x, x.mT)  # (..., query, key)


def attention_weights(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq seq"]:
    return softmax(likeness(x), dim=-1)


def self_attention(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq d_model"]:
    return torch.matmul(attention_weights(x), x)


def causal_mask(seq: int) -> Bool[Tensor, "seq seq"]:
    query, key = torch.arange(seq).unsqueeze(1), torch.arange(seq).unsqueeze(0)
    return key <= query


def padding_mask(tokens: Int[Tensor, "batch seq"], pad_id: int) -> Bool[Tensor, "batch seq"]:
    return torch.ne(tokens, pad_id)


def masked_log_weights(scores: Tensor, mask: Tensor) -> Tensor:
    """-inf where not allowed, also where nothing is."""
    allowed = torch.where(mask, scores, -torch.inf)
    peak = allowed.amax(-1, keepdim=True).detach()
    shifted = allowed - torch.where(peak == -torch.inf, torch.zeros_like(peak), peak)
    total = shifted.exp().sum(-1, keepdim=True)
    return shifted - torch.where(total == 0, torch.ones_like(total), total).log()


def masked_softmax(scores: Float[Tensor, "..."], mask: Bool[Tensor, "..."]) -> Float[Tensor, "..."]:
    return masked_log_weights(scores, mask).exp()


def causal_self_attention(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq d_model"]:
    past = causal_mask(x.shape[-2]).to(x.device)
    return torch.matmul(masked_softmax(likeness(x), past), x)


def bag_of_words(x: Tensor, mask: Tensor) -> Tensor:
    return x


def mean_where(x: Tensor, real: Tensor) -> Tensor:
    """The mean over seq of those positions of (batch, seq, d_model) that are real."""
    total = torch.where(real.unsqueeze(-1), x, torch.zeros_like(x)).sum(-2)
    count = real.sum(-1, keepdim=True).clamp(min=1)
    return total / count
