"""Attention without parameters: every position becomes a mean of all, weighted by likeness."""

import torch
from jaxtyping import Float
from torch import Tensor

from milestones.m01_mlp import softmax
from milestones.m02_self_attention.masks import causal_mask, masked_softmax


def attention_weights(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq seq"]:
    every_query = x.unsqueeze(-2)  # (..., seq, 1, d_model)
    every_key = x.unsqueeze(-3)  # (..., 1, seq, d_model)
    dot_products = (every_query * every_key).sum(dim=-1)
    weights_of_all = softmax(dot_products, dim=-1)
    return weights_of_all


def self_attention(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq d_model"]:
    number_of_positions = x.shape[-2]
    weights = attention_weights(x)
    new_vectors = []
    for position in range(number_of_positions):
        weights_of_this_query = weights[..., position, :].unsqueeze(-1)
        weighted_vectors = weights_of_this_query * x
        new_vectors.append(weighted_vectors.sum(dim=-2))
    return torch.stack(new_vectors, dim=-2)


def causal_self_attention(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq d_model"]:
    length_of_sequence = x.shape[-2]
    allowed = causal_mask(length_of_sequence).to(x.device)
    causal_scores = torch.matmul(x, x.transpose(-2, -1))
    causal_weights = masked_softmax(causal_scores, allowed)
    mixed_vectors = torch.matmul(causal_weights, x)
    return mixed_vectors
