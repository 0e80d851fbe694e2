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
    if vocab < LONGEST:
        raise ValueError(f"vocab must be {LONGEST} or more, got {vocab}")
    rows = torch.empty(batch, seq, dtype=torch.long, device=generator.device)
    for row in rows:
        length = int(
            torch.randint(SHORTEST, LONGEST + 1, (1,), generator=generator, device=generator.device)
        )
        order = torch.randperm(vocab, generator=generator, device=generator.device)
        row[:] = order[:length].repeat(seq // length + 1)[:seq]
    return rows


def previous_token_score(pattern: Float[Tensor, "seq seq"]) -> float:
    """How much a head attends to the place before: its mean weight, over the queries from 1 on.

    0 where there are none.

    Source: Olsson et al. 2022.
    """
    before = pattern.diagonal(-1)  # (seq - 1)
    return before.mean().item() if before.numel() else 0.0


def induction_score(pattern: Float[Tensor, "seq seq"], period: int) -> float:
    """How much a head attends to what followed the last time, in a text of this period.

    The mean weight on the place period − 1 before the query, over the queries from `period` on;
    0 where there are none.

    Source: Olsson et al. 2022, who call it prefix matching.
    """
    followers = pattern.diagonal(1 - period)[1:]  # the first belongs to the query period − 1
    return followers.mean().item() if followers.numel() else 0.0


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
    token = slice(0, vocab_size)  # the token that stands here
    before = slice(vocab_size, 2 * vocab_size)  # the token before it, which layer 0 writes
    place = slice(2 * vocab_size, 2 * vocab_size + context_length)
    d_model = 2 * vocab_size + context_length
    sharp = 40 * math.sqrt(d_model)  # a match scores 40 after the division by the root
    tokens, places = torch.eye(vocab_size), torch.eye(context_length)

    model = AttentionOnly(vocab_size, context_length, d_model, n_layers=2, n_heads=1)
    for parameter in model.parameters():
        parameter.zero_()
    model.token_embedding[:, token] = tokens
    model.position_embedding[:, place] = places
    model.unembedding[token] = tokens

    # Layer 0 looks at the place before, and notes its token.
    model.w_q[0, 0, place, place] = sharp * places.roll(-1, dims=1)
    model.w_k[0, 0, place, place] = places
    model.w_v[0, 0, token, token] = tokens
    model.w_o[0, 0, token, before] = tokens
    # Layer 1 looks where the token before is the one that stands here, and says what it finds.
    model.w_q[1, 0, token, token] = sharp * tokens
    model.w_k[1, 0, before, token] = tokens
    model.w_k[1, 0, place.start, token] = -1  # place 0 noted itself: nothing is before it
    model.w_v[1, 0, token, token] = tokens
    model.w_o[1, 0, token, token] = 2 * tokens  # louder than the token that stands here
    return model
