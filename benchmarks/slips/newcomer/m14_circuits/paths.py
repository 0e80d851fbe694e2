"""Paths through the model: what reaches the logits through no head, through one, through more.

Uses toy.py.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from milestones.m14_circuits.toy import AttentionOnly


@torch.no_grad()
def path_logits(
    model: AttentionOnly, tokens: Int[Tensor, "batch seq"]
) -> tuple[Float[Tensor, "batch seq vocab"], Float[Tensor, "heads batch seq vocab"]]:
    r"""The two kinds of paths of a one-layer model: straight through, and through each head.

    $E[t]\, U$ and $A_h\, E[t]\, W_{V,h} W_{O,h}\, U$; their sum are the model's logits

    Raises ValueError where the model has more layers than one; the message names the number.

    Source: Elhage et al. 2021, section "One-Layer Attention-Only Transformers".
    """
    n_layers = len(model.w_v)
    if n_layers > 1:
        raise ValueError(f"path_logits is for one layer, but the model has {n_layers}")
    x = model.token_embedding[tokens]  # (batch, seq, d_model)
    straight = x @ model.unembedding
    patterns = model.patterns(tokens)[0]  # (batch, heads, query, key)
    through = written(model, 0, patterns, x) @ model.unembedding
    return straight, through.transpose(0, 1)


def written(
    model: AttentionOnly,
    layer: int,
    pattern: Float[Tensor, "batch heads query key"],
    x: Float[Tensor, "batch key d_model"],
) -> Float[Tensor, "batch heads query d_model"]:
    """What a layer's heads write where they read x. A helper for both; you may leave it out."""
    values = x.unsqueeze(1) @ model.w_v[layer]  # (batch, heads, key, d_head)
    return pattern @ values @ model.w_o[layer]


@torch.no_grad()
def term_losses(
    model: AttentionOnly, tokens: Int[Tensor, "batch seq"]
) -> Float[Tensor, "terms batch seq-1"]:
    r"""The loss of each next token, if only paths through at most 0, 1, …, n_layers heads counted.

    With the patterns $A$ of the full run kept as they are, the model is a sum over paths: each
    layer either hands on what it gets or lets one of its heads move it. The last row is the loss
    of the model itself, in nats.

    Source: Elhage et al. 2021, section "Term Importance Analysis".
    """
    patterns = model.patterns(tokens)
    parts = [model.token_embedding[tokens]]  # entry n: what came through n heads
    for layer, pattern in enumerate(patterns):
        moved = [written(model, layer, pattern, part).sum(dim=1) for part in parts]
        longer = [torch.zeros_like(parts[0]), *moved]
        kept = [*parts, torch.zeros_like(parts[0])]
        parts = [old + new for old, new in zip(kept, longer, strict=True)]
    streams = torch.stack(parts).cumsum(dim=0)  # (terms, batch, seq, d_model)
    log_probs = (streams @ model.unembedding)[:, :, :-1].log_softmax(dim=-1)
    targets = tokens[:, 1:].expand(len(parts), -1, -1).unsqueeze(-1)
    return -log_probs.gather(-1, targets).squeeze(-1)
