"""Exercise 10: beam search on a list of beams."""

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m06_sampler.ex7_generate import Evaluating


@dataclass
class Beam:
    tokens: list[int]
    log_prob: float
    n_new: int
    is_finished: bool

    def score(self, length_penalty: float) -> float:
        return self.log_prob / self.n_new**length_penalty


def next_log_probs(model: nn.Module, beams: list, device: torch.device) -> list[list[float]]:
    """For each beam the log probabilities of the next token."""
    windows = []
    for beam in beams:
        windows.append(beam.tokens[-model.config.context_length :])
    logits = model(torch.tensor(windows, device=device))
    return logits[:, -1].log_softmax(dim=1).tolist()


def continuations(beam: Beam, log_probs: list[float], stop_token: int | None) -> list:
    if beam.is_finished:
        return [Beam([*beam.tokens, stop_token], beam.log_prob, beam.n_new, True)]
    found = []
    for token, log_prob in enumerate(log_probs):
        tokens = [*beam.tokens, token]
        total = beam.log_prob + log_prob
        found.append(Beam(tokens, total, beam.n_new + 1, token == stop_token))
    return found


def beam_search(
    model: nn.Module,
    tokens: Int[Tensor, " seq"],
    max_new_tokens: int,
    beam_width: int,
    length_penalty: float | int = 0.0,
    stop_token: int | None = None,
) -> tuple[Int[Tensor, "beams longer"], Float[Tensor, " beams"]]:
    beams = [Beam(tokens.tolist(), 0.0, 0, False)]
    with Evaluating(model):
        for _ in range(max_new_tokens):
            candidates = []
            for beam, row in zip(beams, next_log_probs(model, beams, tokens.device), strict=True):
                candidates.extend(continuations(beam, row, stop_token))
            candidates.sort(key=lambda beam: beam.score(length_penalty), reverse=True)
            beams = candidates[:beam_width]
    sequences = torch.tensor([beam.tokens for beam in beams], device=tokens.device)
    log_probs = torch.tensor([beam.log_prob for beam in beams], device=tokens.device)
    return sequences, log_probs
