"""Write a text: ask the model, choose a token, append it, ask again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m06_sampler.filters import apply_temperature, top_k_filter, top_p_filter
from milestones.m06_sampler.sampling import greedy, sample


def generate(
    model: nn.Module,
    tokens: Int[Tensor, "batch seq"],
    max_new_tokens: int,
    *,
    temperature: float | int = 1.0,
    top_k: int | None = None,
    top_p: float | int | None = None,
    stop_token: int | None = None,
    generator: torch.Generator | None = None,
) -> Int[Tensor, "batch longer"]:
    window = model.config.context_length

    def ask(text: Tensor) -> Tensor:
        return model(text[:, -window:])[:, -1]

    def pick(scores: Tensor) -> Tensor:
        return choose_token(scores, temperature, top_k, top_p, generator)

    with evaluating(model), torch.no_grad():
        return extend(tokens, max_new_tokens, ask, pick, stop_token)


def choose_token(
    logits: Float[Tensor, "batch vocab"],
    temperature: float | int,
    top_k: int | None,
    top_p: float | int | None,
    generator: torch.Generator | None,
) -> Int[Tensor, " batch"]:
    if temperature == 0:
        return greedy(logits)
    odds = apply_temperature(logits, temperature)
    if top_k is not None:
        odds = top_k_filter(odds, top_k)
    if top_p is not None:
        odds = top_p_filter(odds, top_p)
    return sample(odds, generator)


def extend(
    tokens: Int[Tensor, "batch seq"],
    max_new_tokens: int,
    next_logits: Callable[[Tensor], Tensor],
    choose: Callable[[Tensor], Tensor],
    stop_token: int | None,
) -> Int[Tensor, "batch longer"]:
    rows, start = tokens.shape
    end = start + max_new_tokens
    sheet = tokens.new_zeros(rows, end)
    sheet[:, :start] = tokens
    finished = torch.zeros(rows, dtype=torch.bool, device=tokens.device)
    here = start
    while here < end:
        fresh = choose(next_logits(sheet[:, :here]))
        if stop_token is not None:
            fresh = torch.where(finished, stop_token, fresh)
            finished = finished | (fresh == stop_token)
        sheet[:, here] = fresh
        here += 1
    return sheet


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    parts = list(model.modules())
    flags = [part.training for part in parts]
    model.eval()
    try:
        yield
    finally:
        for i in range(len(parts)):
            parts[i].training = flags[i]
