"""Milestone 1 as a mathematician writes it: one line an equation, one page in all."""

import math

import torch
from torch import einsum, nn


def relu(x):
    return torch.maximum(x, x.new_zeros(()))


def gelu(x):
    # (1 + tanh u) / 2 = sigma(2u), and 2 sqrt(2/pi) = sqrt(8/pi)
    return x * torch.sigmoid(math.sqrt(8 / math.pi) * (x + 0.044715 * x**3))


def softmax(x, dim=-1):
    z = x - x.amax(dim, keepdim=True)
    return torch.exp(z - torch.exp(z).sum(dim, keepdim=True).log())


def cross_entropy(logits, targets):
    s = logits - logits.amax(-1, keepdim=True)
    hit = targets[..., None] == torch.arange(s.shape[-1], device=s.device)
    return (torch.exp(s).sum(-1).log() - torch.where(hit, s, 0.0).sum(-1)).mean()


class Linear(nn.Module):
    def __init__(self, in_features, out_features, bias=True):
        super().__init__()
        a = in_features**-0.5
        self.weight = nn.Parameter(a * (2 * torch.rand(out_features, in_features) - 1))
        self.bias = nn.Parameter(a * (2 * torch.rand(out_features) - 1)) if bias else None

    def forward(self, x):
        y = einsum("...i,oi->...o", x, self.weight)
        return y if self.bias is None else y + self.bias


class Embedding(nn.Module):
    def __init__(self, num_embeddings, embedding_dim):
        super().__init__()
        self.weight = nn.Parameter(nn.init.normal_(torch.empty(num_embeddings, embedding_dim)))

    def forward(self, tokens):
        v = self.weight.shape[0]
        bad = tokens[tokens != tokens.clamp(0, v - 1)]
        if bad.numel():
            raise IndexError(f"no row {int(bad[0])} in a table of {v}")
        one_hot = tokens[..., None] == torch.arange(v, device=tokens.device)
        return einsum("...v,vd->...d", one_hot.to(self.weight.dtype), self.weight)


class MLP(nn.Module):
    def __init__(self, d_model, d_hidden):
        super().__init__()
        self.up, self.down = Linear(d_model, d_hidden), Linear(d_hidden, d_model)

    def forward(self, x):
        return self.down(gelu(self.up(x)))


class MLPLanguageModel(nn.Module):
    def __init__(self, vocab_size, context_length, d_embed, d_hidden):
        super().__init__()
        self.embedding = Embedding(vocab_size, d_embed)
        self.output = Linear(d_hidden, vocab_size)
        self.hidden = Linear(context_length * d_embed, d_hidden)

    def forward(self, tokens):
        e = self.embedding(tokens)
        w = self.hidden.weight.unflatten(1, e.shape[1:])
        h = einsum("bnd,hnd->bh", e, w) + self.hidden.bias
        return self.output(relu(h))
