"""Exercise 12: a function that calls itself, a layer further down."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from milestones.m14_circuits.toy import AttentionOnly


def stream(model: AttentionOnly, tokens: Tensor, patterns: Tensor, depth: int, most: int) -> Tensor:
    """The stream after so many layers, by paths through `most` heads at most."""
    if depth == 0:
        return model.token_embedding[tokens]
    layer = depth - 1
    total = stream(model, tokens, patterns, layer, most)
    if most == 0:
        return total
    source = stream(model, tokens, patterns, layer, most - 1)
    for head in range(model.w_v.shape[1]):
        values = torch.matmul(source, model.w_v[layer, head])
        mixed = torch.matmul(patterns[layer, :, head], values)
        total = total + torch.matmul(mixed, model.w_o[layer, head])
    return total


@torch.no_grad()
def term_losses(
    model: AttentionOnly, tokens: Int[Tensor, "batch seq"]
) -> Float[Tensor, "terms batch seq-1"]:
    layers = len(model.w_v)
    patterns = model.patterns(tokens)
    rows = []
    for most in range(layers + 1):
        last = stream(model, tokens, patterns, layers, most)
        logits = torch.matmul(last, model.unembedding)
        log_probs = torch.log_softmax(logits, dim=2)
        losses = []
        for place in range(tokens.shape[1] - 1):
            following = tokens[:, place + 1].unsqueeze(1)
            losses.append(-log_probs[:, place].gather(1, following).squeeze(1))
        rows.append(torch.stack(losses, dim=1))
    return torch.stack(rows)
