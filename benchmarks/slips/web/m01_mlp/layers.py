"""The two layers with parameters: a matrix, and a table."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class Linear(nn.Module):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        limit = 1.0 / math.sqrt(in_features)

        random_weight = torch.rand(out_features, in_features) * (2.0 * limit) - limit
        self.weight = nn.Parameter(random_weight)

        if bias:
            random_bias = torch.rand(out_features) * 2.0 * limit - limit
            self.bias = nn.Parameter(random_bias)
        else:
            self.register_parameter("bias", None)

    def forward(self, x: Float[Tensor, "... in_features"]) -> Float[Tensor, "... out_features"]:
        result = torch.matmul(x, self.weight.transpose(0, 1))
        if self.bias is not None:
            result = result + self.bias
        return result


class Embedding(nn.Module):
    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        table_of_random_rows = torch.randn(num_embeddings, embedding_dim)
        self.weight = nn.Parameter(table_of_random_rows)

    def forward(self, tokens: Int[Tensor, "..."]) -> Float[Tensor, "... embedding_dim"]:
        too_small = tokens < 0
        too_large = tokens >= self.num_embeddings
        is_bad = too_small | too_large
        if is_bad.any():
            all_bad_ids = tokens[is_bad]
            first_bad_id = all_bad_ids[0].item()
            raise IndexError(
                f"token id {first_bad_id} is not in the table: "
                f"num_embeddings is {self.num_embeddings}"
            )
        rows = self.weight[tokens.long()]
        return rows
