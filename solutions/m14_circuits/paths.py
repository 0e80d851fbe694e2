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

    $E[t]\, U$ and $A_h\, E[t]\, W_{V,h} W_{O,h}\, U$ for each head; all paths
    together give the model's logits

    Raises ValueError where the model has more layers than one; the message names the number.

    Source: Elhage et al. 2021, section "One-Layer Attention-Only Transformers".
    """
    if len(model.w_o) != 1:
        raise ValueError(f"the paths of one layer are asked for, the model has {len(model.w_o)}")
    x = model.token_embedding[tokens]  # (batch, seq, d_model)
    through = written(model, 0, model.patterns(tokens)[0], x)  # (batch, heads, seq, d_model)
    return x @ model.unembedding, through.transpose(0, 1) @ model.unembedding


def written(
    model: AttentionOnly,
    layer: int,
    pattern: Float[Tensor, "batch heads query key"],
    x: Float[Tensor, "batch key d_model"],
) -> Float[Tensor, "batch heads query d_model"]:
    """What a layer's heads write where they read x. A helper for both; you may leave it out."""
    return pattern @ (x.unsqueeze(1) @ model.w_v[layer]) @ model.w_o[layer]


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
    terms = [model.token_embedding[tokens]]  # terms[n] came through exactly n heads
    for layer, pattern in enumerate(model.patterns(tokens)):
        moved = [written(model, layer, pattern, term).sum(dim=1) for term in terms]
        kept, moved = [*terms, torch.zeros_like(terms[0])], [torch.zeros_like(terms[0]), *moved]
        terms = [a + b for a, b in zip(kept, moved, strict=True)]
    logits = torch.stack(terms).cumsum(dim=0) @ model.unembedding  # (terms, batch, seq, vocab)
    log_p = logits[:, :, :-1].log_softmax(dim=-1)  # (terms, batch, seq - 1, vocab)
    next_tokens = tokens[:, 1:].expand(log_p.shape[:-1]).unsqueeze(-1)
    return -log_p.gather(-1, next_tokens).squeeze(-1)
