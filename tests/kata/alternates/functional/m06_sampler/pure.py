"""Milestone 6 as a functional programmer writes it: from logits to logits, and to tokens."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import pad

Choose = Callable[[Tensor], Tensor]


def greedy(logits: Float[Tensor, "batch vocab"]) -> Int[Tensor, " batch"]:
    return logits.argmax(dim=-1)


def sample(
    logits: Float[Tensor, "batch vocab"], generator: torch.Generator | None = None
) -> Int[Tensor, " batch"]:
    # A race of exponential clocks: the token with rate p comes first with probability p.
    times = torch.empty_like(logits).exponential_(generator=generator)
    return (logits - times.log()).argmax(dim=-1)


def apply_temperature(
    logits: Float[Tensor, "batch vocab"], temperature: float | int
) -> Float[Tensor, "batch vocab"]:
    if temperature <= 0:
        raise ValueError(f"expected a temperature above 0, got {temperature}")
    return logits / temperature


def keep_where(keep: Tensor, logits: Tensor) -> Tensor:
    return torch.where(keep, logits, -torch.inf)


def ranks(logits: Tensor) -> Tensor:
    """0 for the largest of its row, 1 for the next."""
    order = logits.argsort(dim=-1, descending=True, stable=True)
    return order.argsort(dim=-1)


def top_k_filter(logits: Float[Tensor, "batch vocab"], k: int) -> Float[Tensor, "batch vocab"]:
    return keep_where(ranks(logits) < k, logits)


def top_p_filter(
    logits: Float[Tensor, "batch vocab"], p: float | int
) -> Float[Tensor, "batch vocab"]:
    if p >= 1:
        return logits.clone()
    descending = logits.softmax(dim=-1).sort(dim=-1, descending=True, stable=True).values
    before = pad(descending.cumsum(dim=-1)[..., :-1], (1, 0))  # what the likelier ones sum to
    place = ranks(logits)
    keep = before.gather(-1, place) < p
    return keep_where(keep | (place == 0), logits)


def frequency_penalty(
    logits: Float[Tensor, "batch vocab"], tokens: Int[Tensor, "batch seq"], penalty: float | int
) -> Float[Tensor, "batch vocab"]:
    ones = torch.ones_like(tokens, dtype=logits.dtype)
    counts = torch.zeros_like(logits).scatter_add(-1, tokens.long(), ones)
    return logits - penalty * counts


def chooser(temperature=1.0, top_k=None, top_p=None, generator=None) -> Choose:
    """What generate's arguments say of the choice, as one function of the logits."""
    if temperature == 0:
        return greedy

    def choose(logits: Tensor) -> Tensor:
        odds = apply_temperature(logits, temperature)
        odds = odds if top_k is None else top_k_filter(odds, top_k)
        odds = odds if top_p is None else top_p_filter(odds, top_p)
        return sample(odds, generator)

    return choose


def extend(
    tokens: Tensor,
    max_new_tokens: int,
    next_logits: Callable[[Tensor], Tensor],
    choose: Choose,
    stop_token: int | None,
) -> Tensor:
    text, stopped = tokens, torch.zeros_like(tokens[:, 0], dtype=torch.bool)
    for _ in range(max_new_tokens):
        chosen = choose(next_logits(text))  # (batch)
        if stop_token is not None:
            chosen = torch.where(stopped, stop_token, chosen)
            stopped = stopped | (chosen == stop_token)
        text = torch.cat([text, chosen.unsqueeze(1)], dim=1)
    return text
