"""Choose a token: the likeliest, or one drawn by its probability."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def greedy(logits: Float[Tensor, "batch vocab"]) -> Int[Tensor, " batch"]:
    ranking = torch.sort(logits, dim=-1, descending=True, stable=True).indices
    return ranking[:, 0]


def sample(
    logits: Float[Tensor, "batch vocab"], generator: torch.Generator | None = None
) -> Int[Tensor, " batch"]:
    # inverse of the cumulative distribution, row by row
    probs = torch.softmax(logits.double(), dim=-1)
    stairs = probs.cumsum(dim=-1)  # (batch, vocab)
    dart = torch.rand(
        logits.shape[0], 1, generator=generator, dtype=torch.float64, device=logits.device
    )
    dart = dart * stairs[:, -1:]
    drawn = (stairs <= dart).sum(dim=-1)
    ids = torch.arange(logits.shape[-1], device=logits.device)
    last_possible = torch.where(probs > 0, ids, -1).amax(dim=-1)
    return torch.minimum(drawn, last_possible)
