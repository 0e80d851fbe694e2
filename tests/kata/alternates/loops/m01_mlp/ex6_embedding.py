"""Exercise 6: the embedding table, one token at a time."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class Embedding(nn.Module):
    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        start = torch.normal(mean=0.0, std=1.0, size=(num_embeddings, embedding_dim))
        self.weight = nn.Parameter(start)

    def check(self, token: int) -> None:
        if token < 0 or token >= self.num_embeddings:
            raise IndexError(f"there is no token {token}: the vocabulary has {self.num_embeddings}")

    def forward(self, tokens: Int[Tensor, "..."]) -> Float[Tensor, "... embedding_dim"]:
        ids = tokens.reshape(-1).tolist()
        found = []
        for token in ids:
            self.check(token)
            found.append(self.weight[token])
        shape = (*tokens.shape, self.embedding_dim)
        if len(found) == 0:
            return self.weight.sum().expand(shape)  # empty, but in the graph
        return torch.stack(found).reshape(shape)
