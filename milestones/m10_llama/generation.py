"""Let a Llama go on with a text, or with several of unequal length at once.

Uses generate from milestone 6 and rotary_angles from 9.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m06_sampler import generate
from milestones.m09_positions import rotary_angles
from milestones.m10_llama.cache import LlamaCache


def continue_text(
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
    """generate of milestone 6, with a LlamaCache: the same arguments and the same text.

    While the text fits into the context, each position is computed once. From then on the window
    slides, and all that it holds is read anew for each token.

    Source: Pope et al. 2022, section 2.1.
    """
    raise NotImplementedError


class Remembering(nn.Module):
    """A Llama that reads of each text only what it has not yet read.

    A helper for continue_text; you may leave it out.
    """

    def __init__(self, model: nn.Module) -> None:
        raise NotImplementedError

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch new vocab"]:
        raise NotImplementedError


def continue_texts(
    model: nn.Module,
    prompts: Sequence[Sequence[int]],
    max_new_tokens: int,
    *,
    pad_id: int,
    stop_token: int | None = None,
) -> list[list[int]]:
    """The greedy continuation of each prompt, all in one batch: exactly what it would be alone.

    Returns only new tokens, at most max_new_tokens for each prompt; where the stop token comes, it
    is the last of them. Shorter prompts are padded at the left with pad_id, which inside of a
    prompt is a token like others. No place is computed twice.

    model: a Llama, of which only the documented parts are used. It is asked in eval mode and
    without gradient; the mode of each of its modules is restored afterwards, also after an error.

    Raises ValueError for a prompt without tokens, and where the longest prompt and max_new_tokens
    make more than context_length; the message names that sum and the limit.
    """
    raise NotImplementedError


class Padded(nn.Module):
    """A Llama that reads texts after some padding, and of each only what it has not yet read.

    A helper for continue_texts; you may leave it out.
    """

    def __init__(self, model: nn.Module, padding: Int[Tensor, " batch"]) -> None:
        raise NotImplementedError

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch new vocab"]:
        raise NotImplementedError
