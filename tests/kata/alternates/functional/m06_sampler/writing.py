"""Texts: one continuation drawn, or the likeliest searched."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m06_sampler.pure import chooser, extend


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for module, mode in modes.items():
            module.training = mode


def reader(model: nn.Module) -> Callable[[Tensor], Tensor]:
    """The logits of what follows each row, from as much of it as the model can see."""
    return lambda text: model(text[:, -model.config.context_length :])[:, -1]


def generate(
    model: nn.Module,
    tokens: Int[Tensor, "batch seq"],
    max_new_tokens: int,
    *,
    stop_token: int | None = None,
    **choice: Any,
) -> Int[Tensor, "batch longer"]:
    choose = chooser(**choice)
    with evaluating(model):
        return extend(tokens, max_new_tokens, reader(model), choose, stop_token)


class Beams(NamedTuple):
    """Texts (beams, seq), and for each its log probability, new tokens, and whether it ended."""

    texts: Tensor
    log_probs: Tensor
    lengths: Tensor
    ended: Tensor

    def scores(self, length_penalty: float | int) -> Tensor:
        return self.log_probs / self.lengths.to(self.log_probs.dtype) ** length_penalty

    def take(self, chosen: Tensor) -> "Beams":
        return Beams(*(field[chosen] for field in self))


def continuations(beams: Beams, logits: Tensor, stop_token: int | None) -> Beams:
    """Every beam by every token; an ended one goes on in one way, which costs nothing."""
    vocab = logits.shape[-1]
    token = torch.arange(vocab, device=logits.device)
    ended = beams.ended.unsqueeze(1)  # (beams, 1)
    exists = ~ended | (token == stop_token)  # (beams, vocab)
    parent, new = exists.nonzero(as_tuple=True)
    gain = torch.where(ended, torch.zeros_like(logits), logits.log_softmax(dim=-1))
    old = beams.take(parent)
    return Beams(
        torch.cat([old.texts, new.unsqueeze(1)], dim=1),
        old.log_probs + gain[parent, new],
        old.lengths + (~old.ended).long(),
        old.ended | (new == stop_token),
    )


def best(beams: Beams, width: int, length_penalty: float | int) -> Beams:
    order = beams.scores(length_penalty).argsort(descending=True, stable=True)
    return beams.take(order[:width])


def beam_search(
    model: nn.Module,
    tokens: Int[Tensor, " seq"],
    max_new_tokens: int,
    beam_width: int,
    length_penalty: float | int = 0.0,
    stop_token: int | None = None,
) -> tuple[Int[Tensor, "beams longer"], Float[Tensor, " beams"]]:
    stop_token = -1 if stop_token is None else stop_token  # no token is -1
    next_logits = reader(model)
    zero = torch.zeros(1, device=tokens.device)
    beams = Beams(tokens.unsqueeze(0), zero, zero.long(), zero.bool())
    with evaluating(model):
        for _ in range(max_new_tokens):
            beams = continuations(beams, next_logits(beams.texts), stop_token)
            beams = best(beams, beam_width, length_penalty)
    return beams.texts, beams.log_probs
