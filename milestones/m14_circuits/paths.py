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
    raise NotImplementedError


def written(
    model: AttentionOnly,
    layer: int,
    pattern: Float[Tensor, "batch heads query key"],
    x: Float[Tensor, "batch key d_model"],
) -> Float[Tensor, "batch heads query d_model"]:
    """What a layer's heads write where they read x. A helper for both; you may leave it out."""
    raise NotImplementedError


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
    raise NotImplementedError
