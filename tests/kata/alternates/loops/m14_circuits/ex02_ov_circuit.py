"""Exercise 2: one source token after the other."""

import torch
from jaxtyping import Float
from torch import Tensor

from milestones.m14_circuits.toy import AttentionOnly


@torch.no_grad()
def ov_circuit(model: AttentionOnly, layer: int, head: int) -> Float[Tensor, "source vocab"]:
    values = model.w_v[layer][head]
    output = model.w_o[layer][head]
    rows = []
    for embedding in model.token_embedding:
        value = torch.matmul(embedding, values)
        written = torch.matmul(value, output)
        logits = torch.matmul(written, model.unembedding)
        rows.append(logits)
    return torch.stack(rows)
