"""Exercise 3: a list of heads, in which each stands several times."""

import torch
from jaxtyping import Float
from torch import Tensor


def repeat_heads(
    x: Float[Tensor, "batch kv_heads seq d_head"], n: int
) -> Float[Tensor, "batch heads seq d_head"]:
    heads = []
    for head in range(x.shape[1]):
        for _ in range(n):
            heads.append(x[:, head])
    return torch.stack(heads, dim=1)
