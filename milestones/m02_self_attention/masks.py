"""Masks say who may look at whom; a masked softmax keeps to them.

A mask is True where a query MAY attend to a key. Uses softmax, which milestone 1 built:
PyTorch's gives the same numbers, faster, and has no default for its `dim`.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, softmax


def causal_mask(seq: int) -> Bool[Tensor, "seq seq"]:
    """Which key (column) each query (row) may see: itself and what came before.

    It lies on the CPU: whoever uses it takes it to the scores' device, with .to(x.device).

    Example: causal_mask(3) is [[True, False, False], [True, True, False], [True, True, True]].

    Source: Vaswani et al. 2017, section 3.2.3.
    """
    raise NotImplementedError


def padding_mask(tokens: Int[Tensor, "batch seq"], pad_id: int) -> Bool[Tensor, "batch seq"]:
    """True where a token is real, False where it only fills up the row.

    Padding can stand anywhere in a row, and a row can be nothing else.

    Example: padding_mask([[5, 3, 0]], pad_id=0) is [[True, True, False]].
    """
    raise NotImplementedError


def masked_softmax(scores: Float[Tensor, "..."], mask: Bool[Tensor, "..."]) -> Float[Tensor, "..."]:
    r"""A softmax over those scores of the last axis that the mask allows.

    $w_{ij} = m_{ij} e^{s_{ij}} / \sum_k m_{ik} e^{s_{ik}}$

    mask: True where allowed; broadcasts to the shape of the scores.
    Weights that are not allowed are exactly 0, whatever their scores. A row in which nothing is
    allowed is all zeros, and its gradient is zero: never NaN.

    Example: masked_softmax([0, ln 3, 9], [True, True, False]) is [0.25, 0.75, 0].

    Source: Vaswani et al. 2017, section 3.2.3.
    """
    raise NotImplementedError
