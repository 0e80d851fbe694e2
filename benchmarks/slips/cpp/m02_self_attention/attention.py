import torch
from jaxtyping import Float
from torch import Tensor

from milestones.m01_mlp import softmax
from milestones.m02_self_attention.masks import causal_mask, masked_softmax


def attention_weights(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq seq"]:
    seq, d_model = x.shape[-2], x.shape[-1]
    flat = x.reshape(-1, seq, d_model)
    scores = torch.bmm(flat, flat.transpose(1, 2))
    w = softmax(scores, dim=2)
    return w.reshape(*x.shape[:-2], seq, seq)


def self_attention(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq d_model"]:
    n = x.shape[-2]
    weights = attention_weights(x)
    out = torch.zeros_like(x)
    for i in range(n):
        w_i = weights[..., i, :].unsqueeze(-1)
        out[..., i, :] = (w_i * x).sum(dim=-2)
    return out


def causal_self_attention(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq d_model"]:
    lead = x.shape[:-2]
    length, width = x.shape[-2:]
    xs = x.reshape(-1, length, width)
    dots = torch.bmm(xs, xs.transpose(1, 2))
    visible = causal_mask(length).to(x.device)
    probs = masked_softmax(dots, visible)
    mixed = torch.bmm(probs, xs)
    return mixed.reshape(*lead, length, width)
