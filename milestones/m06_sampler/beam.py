"""Beam search: follow several texts at once, and keep the likeliest as wholes.

Uses generation.py.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m06_sampler.generation import evaluating


def beam_search(
    model: nn.Module,
    tokens: Int[Tensor, " seq"],
    max_new_tokens: int,
    beam_width: int,
    length_penalty: float | int = 0.0,
    stop_token: int | None = None,
) -> tuple[Int[Tensor, "beams longer"], Float[Tensor, " beams"]]:
    r"""The beam_width best continuations found, best first, and their log probabilities.

    $\mathrm{score} = \sum_t \log p(t \mid \mathrm{before}) \,/\, n^\mathrm{length\_penalty}$,
    where n counts the new tokens

    At first there is one beam, the prompt. Each step continues every beam by every token whose
    probability is above 0, and keeps the beam_width continuations with the highest scores, or all
    if there are fewer.
    stop_token: a beam that has produced it is finished. From then on its only continuation is
    stop_token again, and this changes neither its log probability nor its n, which counts the first
    stop_token but none after it. Like any beam it is dropped once beam_width others score higher.
    A stop_token in the prompt does not count.
    The model is called as generate calls it.

    Returns the texts, each with the prompt in front, and for each the sum of log p, not the score.

    Example: a has the probability 0.6 and b 0.4; after a each of ten tokens has 0.1, after b one
    has 0.9. Greedy takes a and reaches 0.06; a beam_width of 2 finds b and reaches 0.36.

    Source: Wu et al. 2016, section 7 (there with another penalty); Sutskever et al. 2014,
    section 3.2.
    """
    raise NotImplementedError
