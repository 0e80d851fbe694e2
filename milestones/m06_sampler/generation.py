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
    raise NotImplementedError


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
    raise NotImplementedError


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
    raise NotImplementedError


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Within the block the model is in eval mode; afterwards each module is in its own again.

    A helper for functions that ask a model without training it: with evaluating(model): ...
    You may leave it out.
    """
    raise NotImplementedError
