"""Exercise 5: the linear layer, one row at a time."""

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Linear(nn.Module):
    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        super().__init__()
        self.in_features = in_features
        self.out_features = out_features
        limit = 1 / in_features**0.5
        self.weight = nn.Parameter(torch.zeros(out_features, in_features))
        nn.init.uniform_(self.weight, -limit, limit)
        if bias:
            self.bias = nn.Parameter(torch.zeros(out_features))
            nn.init.uniform_(self.bias, -limit, limit)
        else:
            self.register_parameter("bias", None)

    def one_row(self, row: Float[Tensor, " in_features"]) -> Float[Tensor, " out_features"]:
        products = self.weight * row  # (out_features, in_features)
        answer = products.sum(dim=1)  # (out_features)
        if self.bias is not None:
            answer = answer + self.bias
        return answer

    def forward(self, x: Float[Tensor, "... in_features"]) -> Float[Tensor, "... out_features"]:
        if x.shape[-1] != self.in_features:
            raise ValueError(f"the rows are {x.shape[-1]} wide, not {self.in_features}")
        new_shape = (*x.shape[:-1], self.out_features)
        answers = []
        for row in x.reshape(-1, self.in_features):
            answers.append(self.one_row(row))
        if len(answers) == 0:
            return (x.sum() + self.weight.sum()).expand(new_shape)  # empty, but in the graph
        return torch.stack(answers).reshape(new_shape)
