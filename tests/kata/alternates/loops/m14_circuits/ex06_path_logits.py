"""Exercise 6: one head after the other."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from milestones.m14_circuits.toy import AttentionOnly


@torch.no_grad()
def path_logits(
    model: AttentionOnly, tokens: Int[Tensor, "batch seq"]
) -> tuple[Float[Tensor, "batch seq vocab"], Float[Tensor, "heads batch seq vocab"]]:
    layers, heads = model.w_v.shape[:2]
    if layers > 1:
        message = f"the model has {layers} layers"
        raise ValueError(message)
    stream = model.token_embedding[tokens]
    direct = torch.matmul(stream, model.unembedding)
    patterns = model.patterns(tokens)[0]
    through = []
    for head in range(heads):
        values = torch.matmul(stream, model.w_v[0, head])
        mixed = torch.matmul(patterns[:, head], values)
        written = torch.matmul(mixed, model.w_o[0, head])
        logits = torch.matmul(written, model.unembedding)
        through.append(logits)
    return direct, torch.stack(through)
