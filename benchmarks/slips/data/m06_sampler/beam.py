"""Beam search: follow several texts at once, and keep the likeliest as wholes."""

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
    size = model.config.context_length
    stop = -1 if stop_token is None else stop_token
    # a small table with one row a beam: text, log probability, number of new tokens, finished
    texts = tokens[None, :]
    logp = torch.zeros(1, device=tokens.device)
    n_new = torch.zeros(1, dtype=torch.long, device=tokens.device)
    ended = torch.zeros(1, dtype=torch.bool, device=tokens.device)
    step = 0
    with evaluating(model), torch.no_grad():
        while step < max_new_tokens:
            step += 1
            table = model(texts[:, -size:])[:, -1].log_softmax(dim=-1)  # (beams, vocab)
            vocab = table.shape[1]
            ids = torch.arange(vocab, device=tokens.device)
            sums = logp[:, None] + torch.where(ended[:, None], 0.0, table)
            exists = ~ended[:, None] | (ids == stop)[None, :]
            n_row = torch.where(ended, n_new, step)
            score = sums / n_row[:, None].to(sums.dtype) ** length_penalty
            cells = exists.flatten().nonzero()[:, 0]
            order = score.flatten()[cells].argsort(descending=True, stable=True)
            best = cells[order[:beam_width]]
            parent = best // vocab
            token = best % vocab
            texts = torch.cat([texts[parent], token[:, None].to(texts.dtype)], dim=1)
            logp = sums.flatten()[best]
            n_new = n_row[parent]
            ended = ended[parent] | (token == stop)
    return texts, logp
