"""Choose a token: the likeliest, or one drawn by its probability.

Nothing earlier is needed.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def greedy(logits: Float[Tensor, "batch vocab"]) -> Int[Tensor, " batch"]:
    """The likeliest token of each row.

    Example: greedy([[1, 3, 2], [5, 0, 0]]) is [1, 0].
    """
    return logits.argmax(dim=-1)


def sample(
    logits: Float[Tensor, "batch vocab"], generator: torch.Generator | None = None
) -> Int[Tensor, " batch"]:
    r"""One token drawn for each row, every row on its own.

    $P(i) = \mathrm{softmax}(\mathrm{logits})_i$

    A logit of -inf is never drawn. generator: the only source of randomness; None is torch's own.

    Example: the logits [[ln 3, 0]] give 0 in three of four draws, else 1.
    """
    probabilities = torch.softmax(logits, dim=-1)  # (batch, vocab)
    return torch.multinomial(probabilities, 1, generator=generator).squeeze(1)
