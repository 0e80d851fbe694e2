"""Exercise 11: one token before after the other."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from milestones.m14_circuits.toy import AttentionOnly


@torch.no_grad()
def composed_qk_circuit(
    model: AttentionOnly, layer: int, head: int, through: int
) -> Float[Tensor, "destination before"]:
    if layer <= 0:
        message = f"no layer is before layer {layer}"
        raise ValueError(message)
    queries = torch.matmul(model.token_embedding, model.w_q[layer, head])
    columns = []
    for token in model.token_embedding:
        value = torch.matmul(token, model.w_v[layer - 1, through])
        noted = torch.matmul(value, model.w_o[layer - 1, through])
        key = torch.matmul(noted, model.w_k[layer, head])
        scores = torch.matmul(queries, key) / math.sqrt(len(key))
        columns.append(scores)
    return torch.stack(columns, dim=1)
