"""Change the odds before a token is drawn: bolder or duller, without the tail, without repeats."""

import torch
from jaxtyping import Float, Int
from torch import Tensor


def apply_temperature(
    logits: Float[Tensor, "batch vocab"], temperature: float | int
) -> Float[Tensor, "batch vocab"]:
    if temperature <= 0:
        raise ValueError(f"temperature has to be above 0, not {temperature}")
    return logits / temperature


def top_k_filter(logits: Float[Tensor, "batch vocab"], k: int) -> Float[Tensor, "batch vocab"]:
    ranked = logits.argsort(dim=-1, descending=True)
    losers = ranked[:, k:]  # empty if k is beyond the vocabulary
    return logits.scatter(-1, losers, float("-inf"))


def top_p_filter(
    logits: Float[Tensor, "batch vocab"], p: float | int
) -> Float[Tensor, "batch vocab"]:
    if p >= 1:
        return logits.clone()
    probs = logits.softmax(dim=-1)
    sorted_probs, where_from = probs.sort(dim=-1, descending=True)
    running = sorted_probs.cumsum(dim=-1)
    reached = running >= p
    # a token goes if the one in front of it had already reached p
    drop_sorted = torch.zeros_like(reached)
    drop_sorted[:, 1:] = reached[:, :-1]
    drop = torch.zeros_like(reached).scatter(-1, where_from, drop_sorted)
    return torch.where(drop, float("-inf"), logits)


def frequency_penalty(
    logits: Float[Tensor, "batch vocab"], tokens: Int[Tensor, "batch seq"], penalty: float | int
) -> Float[Tensor, "batch vocab"]:
    ones = torch.ones(tokens.shape, dtype=logits.dtype, device=logits.device)
    value_counts = torch.zeros_like(logits).scatter_add(-1, tokens, ones)
    return logits - penalty * value_counts
