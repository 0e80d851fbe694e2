"""Exercise 13: one weight after the other; the answer has numbers of its own in the stream."""

import math

import torch

from milestones.m14_circuits.toy import AttentionOnly


@torch.no_grad()
def write_induction_heads(vocab_size: int, context_length: int) -> AttentionOnly:
    # The stream: the token, the token before, the answer, the place.
    before = vocab_size
    answer = 2 * vocab_size
    place = 3 * vocab_size
    width = 3 * vocab_size + context_length
    model = AttentionOnly(vocab_size, context_length, width, n_layers=2, n_heads=1)
    for parameter in model.parameters():
        parameter.zero_()
    strength = 40.0
    scale = math.sqrt(width)
    for token in range(vocab_size):
        model.token_embedding[token, token] = 1.0
        model.unembedding[token, token] = 1.0
        model.unembedding[answer + token, token] = 2.0
        # Layer 0 notes the token.
        model.w_v[0, 0, token, token] = 1.0
        model.w_o[0, 0, token, before + token] = 1.0
        # Layer 1 looks for the token among the tokens before.
        model.w_q[1, 0, token, token] = strength
        model.w_k[1, 0, before + token, token] = scale
        model.w_k[1, 0, place, token] = -scale
        model.w_v[1, 0, token, token] = 1.0
        model.w_o[1, 0, token, answer + token] = 1.0
    for position in range(context_length):
        model.position_embedding[position, place + position] = 1.0
        model.w_k[0, 0, place + position, position] = 1.0
        if position > 0:
            model.w_q[0, 0, place + position, position - 1] = strength * scale
    return model
