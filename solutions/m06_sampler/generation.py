"""Write a text: ask the model, choose a token, append it, ask again.

Uses filters.py and sampling.py.
"""

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
    """Continue each row by exactly max_new_tokens tokens; the prompt stays in front.

    model: tokens "batch seq" to logits "batch seq vocab". It sees at most the last
    model.config.context_length tokens. It is called in eval mode and without gradient; the mode
    of each of its modules is restored afterwards, also after an error.
    temperature, then top_k, then top_p change the odds; temperature 0 is greedy.
    stop_token: a row that has produced it repeats it to the end. One in the prompt does not count.
    generator: the only source of randomness; None is torch's own.

    Source: Holtzman et al. 2020, section 3.
    """
    context_length = model.config.context_length

    @torch.inference_mode()
    def next_logits(tokens: Tensor) -> Tensor:
        return model(tokens[:, -context_length:])[:, -1]  # (batch, vocab)

    def choose(logits: Tensor) -> Tensor:
        return choose_token(logits, temperature, top_k, top_p, generator)

    with evaluating(model):
        return extend(tokens, max_new_tokens, next_logits, choose, stop_token)


def choose_token(
    logits: Float[Tensor, "batch vocab"],
    temperature: float | int,
    top_k: int | None,
    top_p: float | int | None,
    generator: torch.Generator | None,
) -> Int[Tensor, " batch"]:
    """One token for each row, as generate's arguments say.

    A helper for generate and generate_cached; you may leave it out.
    """
    if temperature == 0:
        return greedy(logits)
    logits = apply_temperature(logits, temperature)
    if top_k is not None:
        logits = top_k_filter(logits, top_k)
    if top_p is not None:
        logits = top_p_filter(logits, top_p)
    return sample(logits, generator)


def extend(
    tokens: Int[Tensor, "batch seq"],
    max_new_tokens: int,
    next_logits: Callable[[Tensor], Tensor],
    choose: Callable[[Tensor], Tensor],
    stop_token: int | None,
) -> Int[Tensor, "batch longer"]:
    """The loop of generate and generate_cached.

    next_logits: tokens "batch seq" to logits "batch vocab". choose: those to tokens "batch".

    A helper for both; you may leave it out.
    """
    finished = torch.zeros_like(tokens[:, 0], dtype=torch.bool)  # (batch)
    for _ in range(max_new_tokens):
        new = choose(next_logits(tokens))  # (batch)
        if stop_token is not None:
            new = new.masked_fill(finished, stop_token)
            finished = finished | (new == stop_token)
        tokens = torch.cat([tokens, new.unsqueeze(1)], dim=1)  # (batch, seq + 1)
    return tokens


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Within the block the model is in eval mode; afterwards each module is in its own again.

    A helper for functions that ask a model without training it: with evaluating(model): ...
    You may leave it out.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
