"""Change the odds before a token is drawn: bolder or duller, without the tail, without repeats.

Each takes logits and returns new ones, so they can be chained. Nothing earlier is needed.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def apply_temperature(
    logits: Float[Tensor, "batch vocab"], temperature: float | int
) -> Float[Tensor, "batch vocab"]:
    r"""Sharpen (below 1) or flatten (above 1) the distribution.

    $\mathrm{logits}_i / \mathrm{temperature}$

    Raises ValueError for a temperature of 0 or below.

    Example: apply_temperature([[2, 1, 0]], 0.5) is [[4, 2, 0]].

    Source: Ackley et al. 1985, section 3.
    """
    if temperature <= 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")
    return logits / temperature


def top_k_filter(logits: Float[Tensor, "batch vocab"], k: int) -> Float[Tensor, "batch vocab"]:
    """Keep the k largest logits of each row; the others become -inf.

    A k beyond the vocabulary keeps all. Where others equal the k-th, they may stay or go.

    Example: top_k_filter([[1, 4, 2, 3]], 2) is [[-inf, 4, -inf, 3]].

    Source: Fan et al. 2018, section 5.4.
    """
    k = min(k, logits.size(-1))
    smallest_kept = logits.topk(k).values[:, -1:]  # (batch, 1)
    return logits.masked_fill(logits < smallest_kept, -torch.inf)


def top_p_filter(
    logits: Float[Tensor, "batch vocab"], p: float | int
) -> Float[Tensor, "batch vocab"]:
    r"""Keep the nucleus: the fewest tokens whose probabilities sum to p or more.

    The smallest set $V$ with $\sum_{i \in V} \mathrm{softmax}(\mathrm{logits})_i \ge p$

    The others become -inf. The likeliest token always stays; p of 1 and more keeps all.

    Example: of the probabilities 0.5, 0.3, 0.15, 0.05 a p of 0.7 keeps the first two.

    Source: Holtzman et al. 2020, section 3.1.
    """
    if p >= 1:
        return logits
    probabilities, order = torch.softmax(logits, dim=-1).sort(dim=-1, descending=True)
    likelier = probabilities.cumsum(-1) - probabilities  # (batch, vocab): the sum before each
    dropped = likelier >= p
    dropped[:, 0] = False
    return logits.masked_fill(dropped.scatter(-1, order, dropped), -torch.inf)


def frequency_penalty(
    logits: Float[Tensor, "batch vocab"], tokens: Int[Tensor, "batch seq"], penalty: float | int
) -> Float[Tensor, "batch vocab"]:
    r"""Make a token less likely each time that its own row has used it.

    $\mathrm{logits}_i - \mathrm{penalty} \cdot \mathrm{count}_i$

    tokens: the text so far. A negative penalty invites repetition.

    Example: frequency_penalty([[5, 5, 5]], [[0, 2, 2]], 1.5) is [[3.5, 5, 2]].

    Source: OpenAI API reference, frequency_penalty; Keskar et al. 2019, section 4.1, divide.
    """
    once = torch.ones_like(tokens, dtype=logits.dtype)  # (batch, seq)
    counts = torch.zeros_like(logits).scatter_add(1, tokens, once)  # (batch, vocab)
    return logits - penalty * counts
