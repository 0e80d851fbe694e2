"""Milestone 2 as a mathematician writes it: one line an equation, one page in all."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, einsum, nn

from milestones.m01_mlp import Embedding, Linear, softmax


def attention_weights(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq seq"]:
    return softmax(einsum("...qd,...kd->...qk", x, x))


def self_attention(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq d_model"]:
    return einsum("...qk,...kd->...qd", attention_weights(x), x)


def causal_mask(seq: int) -> Bool[Tensor, "seq seq"]:
    i = torch.arange(seq)
    return i[:, None] >= i


def padding_mask(tokens: Int[Tensor, "batch seq"], pad_id: int) -> Bool[Tensor, "batch seq"]:
    return tokens.ne(pad_id)


def masked_softmax(scores: Float[Tensor, "..."], mask: Bool[Tensor, "..."]) -> Float[Tensor, "..."]:
    s = torch.where(mask, scores, -torch.inf)
    top = s.amax(-1, keepdim=True).clamp(min=torch.finfo(s.dtype).min)  # -inf only where empty
    e = torch.where(mask, torch.exp(s - top), 0.0)
    z = e.sum(-1, keepdim=True)
    return e / torch.where(z > 0, z, 1.0)


def causal_self_attention(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq d_model"]:
    s = einsum("...qd,...kd->...qk", x, x)
    a = masked_softmax(s, causal_mask(s.shape[-1]).to(s.device))
    return einsum("...qk,...kd->...qd", a, x)


class SequenceClassifier(nn.Module):
    def __init__(self, vocab_size, d_model, n_classes, mixer=None, pad_id=0):
        super().__init__()
        self.pad_id, self.mixer = pad_id, mixer
        self.head = Linear(d_model, n_classes)
        self.embedding = Embedding(vocab_size, d_model)

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch n_classes"]:
        m = padding_mask(tokens, self.pad_id)
        e = self.embedding(tokens)
        x = self.mixer(e, m[:, None, :]) if self.mixer is not None else e
        x = torch.where(m[:, :, None], x, 0.0)  # 0 times NaN would be NaN
        r = m.to(x.dtype)
        p = r / r.sum(1, keepdim=True).clamp(min=1)
        return self.head(einsum("bs,bsd->bd", p, x))
