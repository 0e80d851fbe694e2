"""Attention without parameters: every position becomes a mean of all, weighted by likeness.

Uses softmax from milestone 1; causal_self_attention also what masks.py holds.
"""

from jaxtyping import Float
from torch import Tensor

from milestones.m01_mlp import softmax
from milestones.m02_self_attention.masks import causal_mask, masked_softmax


def attention_weights(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq seq"]:
    r"""How much each position (a row: the query) takes from each (a column: the key).

    $w_{ij} = \mathrm{softmax}_j(x_i \cdot x_j)$

    The dot products are taken as they are; scaling comes in milestone 3. Each row sums to 1.

    Example: attention_weights([[1, 0], [0, 1]]) is [[0.7311, 0.2689], [0.2689, 0.7311]].

    Source: Vaswani et al. 2017, section 3.2.1 (there with queries and keys of their own).
    """
    scores = x @ x.mT  # (..., seq, seq)
    return softmax(scores, dim=-1)


def self_attention(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq d_model"]:
    r"""Each position becomes the weighted mean of all positions, itself included.

    $y_i = \sum_j w_{ij} \, x_j$

    Example: self_attention([[1, 0], [0, 1]]) is [[0.7311, 0.2689], [0.2689, 0.7311]].

    Source: Vaswani et al. 2017, section 3.2.1.
    """
    return attention_weights(x) @ x  # (..., seq, d_model)


def causal_self_attention(x: Float[Tensor, "... seq d_model"]) -> Float[Tensor, "... seq d_model"]:
    r"""Each position becomes the weighted mean of itself and the positions before it.

    $y_i = \sum_{j \le i} w_{ij} \, x_j$, with weights that sum to 1 over $j \le i$

    Example: causal_self_attention([[1, 0], [0, 1]]) is [[1, 0], [0.2689, 0.7311]].

    Source: Vaswani et al. 2017, section 3.2.3.
    """
    scores = x @ x.mT  # (..., seq, seq)
    mask = causal_mask(x.size(-2)).to(x.device)  # (seq, seq)
    return masked_softmax(scores, mask) @ x  # (..., seq, d_model)
