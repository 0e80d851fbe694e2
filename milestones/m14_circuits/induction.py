"""Induction: the texts that ask for it, how it is measured, and a model that is written for it.

Uses toy.py.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor

from milestones.m14_circuits.toy import AttentionOnly

SHORTEST, LONGEST = 8, 16  # tokens in a segment


def repeated_tokens(
    batch: int, seq: int, vocab: int, generator: torch.Generator
) -> Int[Tensor, "batch seq"]:
    """Texts in which only the second time can be known: a segment, repeated and cut at `seq`.

    Each row has a segment of its own: 8 to 16 tokens, no token twice. Each length is equally
    likely, and so is each choice and order of the tokens. batch may be 0.

    Raises ValueError for a vocab below 16; the message names it.

    Source: Olsson et al. 2022, for repeated random tokens; here of many lengths, because with one
    length a single layer can count back.
    """
    raise NotImplementedError


def previous_token_score(pattern: Float[Tensor, "seq seq"]) -> float:
    """How much a head attends to the place before: its mean weight, over the queries from 1 on.

    0 where there are none.

    Source: Olsson et al. 2022.
    """
    raise NotImplementedError


def induction_score(pattern: Float[Tensor, "seq seq"], period: int) -> float:
    """How much a head attends to what followed the last time, in a text of this period.

    The mean weight on the place period − 1 before the query, over the queries from `period` on;
    0 where there are none.

    Source: Olsson et al. 2022, who call it prefix matching.
    """
    raise NotImplementedError


def in_context_score(losses: Float[Tensor, "batch seq"], early: int, late: int) -> float:
    """What the text before is worth: the mean loss at `late` minus the mean loss at `early`.

    Source: Olsson et al. 2022 (there the places 500 and 50).
    """
    raise NotImplementedError


@torch.no_grad()
def write_induction_heads(vocab_size: int, context_length: int) -> AttentionOnly:
    """A model of two layers, its weights written by hand, that goes on as the text went on before.

    Wherever A has had one follower B only, however often, B's logit after the next A is the
    largest, alone. That holds for an A at place 0 and for A A too, for every context_length.

    Source: Elhage et al. 2021, section "Induction Heads"; Olsson et al. 2022.
    """
    raise NotImplementedError
