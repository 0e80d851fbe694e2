import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class Linear(nn.Module):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        bound = 1.0 / math.sqrt(in_features)
        w = torch.empty(out_features, in_features)
        w.uniform_(-bound, bound)
        self.weight = nn.Parameter(w)
        if bias:
            b = torch.empty(out_features)
            b.uniform_(-bound, bound)
            self.bias = nn.Parameter(b)
        else:
            self.register_parameter("bias", None)

    def forward(self, x: Float[Tensor, "... in_features"]) -> Float[Tensor, "... out_features"]:
        lead = x.shape[:-1]
        rows = x.reshape(-1, self.in_features)
        y = torch.mm(rows, self.weight.t())
        if self.bias is not None:
            y = y + self.bias
        return y.reshape(*lead, self.out_features)


class Embedding(nn.Module):
    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        table = torch.empty(num_embeddings, embedding_dim)
        table.normal_(0.0, 1.0)
        self.weight = nn.Parameter(table)

    def forward(self, tokens: Int[Tensor, "..."]) -> Float[Tensor, "... embedding_dim"]:
        flat = tokens.reshape(-1)
        bad = (flat < 0) | (flat >= self.num_embeddings)
        if bad.any():
            first = flat[bad][0].item()
            raise IndexError(f"token id {first} is not in [0, {self.num_embeddings})")
        out = torch.index_select(self.weight, 0, flat)
        return out.reshape(*tokens.shape, self.embedding_dim)
