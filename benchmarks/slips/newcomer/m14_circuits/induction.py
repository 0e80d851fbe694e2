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
    likely, and so is each choice and order of the tokens.

    Raises ValueError for a vocab below 16; the message names it.

    Source: Olsson et al. 2022, for repeated random tokens; here of many lengths, because with one
    length a single layer can count back.
    """
    if vocab < LONGEST:
        raise ValueError(f"vocab must be at least {LONGEST}, but it is {vocab}")
    tokens = torch.empty(batch, seq, dtype=torch.long)
    for row in range(batch):
        length = int(torch.randint(SHORTEST, LONGEST + 1, (1,), generator=generator))
        segment = torch.randperm(vocab, generator=generator)[:length]
        times = math.ceil(seq / length)
        tokens[row] = segment.repeat(times)[:seq]
    return tokens


def previous_token_score(pattern: Float[Tensor, "seq seq"]) -> float:
    """How much a head attends to the place before: its mean weight, over the queries from 1 on.

    0 where there are none.

    Source: Olsson et al. 2022.
    """
    weights = pattern.diagonal(-1)
    if len(weights) == 0:
        return 0.0
    return weights.mean().item()


def induction_score(pattern: Float[Tensor, "seq seq"], period: int) -> float:
    """How much a head attends to what followed the last time, in a text of this period.

    The mean weight on the place period − 1 before the query, over the queries from `period` on;
    0 where there are none.

    Source: Olsson et al. 2022, who call it prefix matching.
    """
    # the first of the diagonal is the query period - 1, which has no earlier token of its own
    weights = pattern.diagonal(1 - period)[1:]
    if len(weights) == 0:
        return 0.0
    return weights.mean().item()


def in_context_score(losses: Float[Tensor, "batch seq"], early: int, late: int) -> float:
    """What the text before is worth: the mean loss at `late` minus the mean loss at `early`.

    Source: Olsson et al. 2022 (there the places 500 and 50).
    """
    return (losses[:, late].mean() - losses[:, early].mean()).item()


@torch.no_grad()
def write_induction_heads(vocab_size: int, context_length: int) -> AttentionOnly:
    """A model of two layers, its weights written by hand, that goes on as the text went on before.

    Wherever A has had one follower B only, however often, B's logit after the next A is the
    largest, alone. That holds for an A at place 0 and for A A too, for every context_length.

    Source: Elhage et al. 2021, section "Induction Heads"; Olsson et al. 2022.
    """
    # the width: a range for the token, a range for the note, a range for the place
    token = slice(0, vocab_size)
    note = slice(vocab_size, 2 * vocab_size)
    place = slice(2 * vocab_size, 2 * vocab_size + context_length)
    d_model = 2 * vocab_size + context_length
    model = AttentionOnly(vocab_size, context_length, d_model, n_layers=2, n_heads=1)
    for weight in model.parameters():
        weight.zero_()
    model.token_embedding[:, token] = torch.eye(vocab_size)
    model.position_embedding[:, place] = torch.eye(context_length)
    model.unembedding[token] = torch.eye(vocab_size)
    sharp = 50 * math.sqrt(d_model)  # a right score is 50 above the others

    # layer 0: the query at place i asks for place i - 1, and what stands there becomes the note
    model.w_q[0, 0, place, place] = sharp * torch.eye(context_length).roll(-1, dims=1)
    model.w_k[0, 0, place, place] = torch.eye(context_length)
    model.w_v[0, 0, token, note] = torch.eye(vocab_size)
    model.w_o[0, 0, note, note] = torch.eye(vocab_size)

    # layer 1: the token asks for the note of itself, and place 0, whose note is false, is avoided
    model.w_q[1, 0, token, token] = sharp * torch.eye(vocab_size)
    model.w_k[1, 0, note, token] = torch.eye(vocab_size)
    model.w_q[1, 0, place, place.start] = sharp
    model.w_k[1, 0, place.start, place.start] = -2
    model.w_v[1, 0, token, token] = torch.eye(vocab_size)
    model.w_o[1, 0, token, token] = 3 * torch.eye(vocab_size)
    return model
