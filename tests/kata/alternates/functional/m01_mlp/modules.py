"""Parameters, and which pure function they are for."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m01_mlp.pure import affine, compose, gelu, relu, rows, uniform


class Linear(nn.Module):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        bound = in_features**-0.5
        self.weight = nn.Parameter(uniform(bound, out_features, in_features))
        self.bias = nn.Parameter(uniform(bound, out_features)) if bias else None

    def forward(self, x: Float[Tensor, "... in_features"]) -> Float[Tensor, "... out_features"]:
        return affine(x, self.weight, self.bias)


class Embedding(nn.Module):
    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(num_embeddings, embedding_dim))

    def forward(self, tokens: Int[Tensor, "..."]) -> Float[Tensor, "... embedding_dim"]:
        return rows(self.weight, tokens)


class MLP(nn.Module):
    def __init__(self, d_model: int, d_hidden: int) -> None:
        super().__init__()
        self.up = Linear(d_model, d_hidden)
        self.down = Linear(d_hidden, d_model)

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        return compose(self.up, gelu, self.down)(x)


class MLPLanguageModel(nn.Module):
    def __init__(self, vocab_size: int, context_length: int, d_embed: int, d_hidden: int) -> None:
        super().__init__()
        self.embedding = Embedding(vocab_size, d_embed)
        self.hidden = Linear(context_length * d_embed, d_hidden)
        self.output = Linear(d_hidden, vocab_size)

    def forward(self, tokens: Int[Tensor, "batch context_length"]) -> Float[Tensor, "batch vocab"]:
        end_to_end = self.embedding(tokens).flatten(-2)  # (batch, context_length * d_embed)
        return compose(self.hidden, relu, self.output)(end_to_end)
