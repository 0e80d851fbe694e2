"""The two layers with parameters: a matrix, and a table.

Parameters are stored as PyTorch's own `nn.Linear` and `nn.Embedding` store them, so weights
load both ways. Nothing earlier is needed.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class Linear(nn.Module):
    r"""An affine map of the last axis.

    $y = x W^\top + b$

    weight: (out_features, in_features). bias: (out_features), or None where `bias` is False.
    Both start uniform in ±1/√in_features.

    Example: weight [[1, 2]], bias [10] and x [3, 4] give [21].

    Source: LeCun et al. 1998, Efficient BackProp, section 4.6, for the scale of the start.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        bound = 1 / math.sqrt(in_features)
        self.weight = nn.Parameter(torch.empty(out_features, in_features).uniform_(-bound, bound))
        start = torch.empty(out_features).uniform_(-bound, bound)
        self.bias = nn.Parameter(start) if bias else None

    def forward(self, x: Float[Tensor, "... in_features"]) -> Float[Tensor, "... out_features"]:
        out = x @ self.weight.T  # (..., out_features)
        return out if self.bias is None else out + self.bias


class Embedding(nn.Module):
    """A table with one row of numbers for each token id; row numbers go in, rows come out.

    weight: (num_embeddings, embedding_dim), starts N(0, 1).

    Raises IndexError for an id below 0 or not below `num_embeddings`; the message gives
    the first bad id, row by row, and the value of `num_embeddings`.

    Example: weight [[1, 2], [3, 4]] and tokens [1, 1, 0] give [[3, 4], [3, 4], [1, 2]].

    Source: Bengio et al. 2003, section 2.
    """

    def __init__(self, num_embeddings: int, embedding_dim: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.randn(num_embeddings, embedding_dim))

    def forward(self, tokens: Int[Tensor, "..."]) -> Float[Tensor, "... embedding_dim"]:
        vocab = len(self.weight)
        bad = (tokens < 0) | (tokens >= vocab)
        # Indexing would take -1 as the last row, without a word. A compiled graph cannot stop.
        if not torch.compiler.is_compiling() and bad.any():
            raise IndexError(f"id {tokens[bad][0].item()} has no row in a table of {vocab}")
        return self.weight[tokens]
