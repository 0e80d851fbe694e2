"""What the tests of generation ask: Llamas whose next token depends on all before it."""

from contextlib import contextmanager
from functools import cache

import torch

from tests.m10_llama.oracle import llama, llama_shapes, random_state


class Weights(dict):
    """A state dict that is equal to itself alone: what follows from it can be remembered."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


@cache
def decided(config, seed=0):
    """Weights with which attention decides, and no token is likeliest by little."""
    state = Weights(random_state(llama_shapes(config), seed, dtype=torch.float32))
    for name in state:
        if "attention." in name:
            state[name] *= 4  # else a tied embedding repeats the last token
    return state


def greedy(state, config, prompt, n):
    """The n likeliest tokens after it, from the definition. It sees at most context_length."""
    text = list(prompt)
    for _ in range(n):
        text.append(likeliest(state, config, tuple(text[-config.context_length :])))
    return text[len(prompt) :]


@cache  # the tests run on each bug
def likeliest(state, config, tokens):
    return int(llama(torch.tensor([tokens]), state, config)[0, -1].argmax())


@contextmanager
def places_read(model):
    """How many places the last block reads in each of its calls."""
    counts = []
    hook = model.blocks[-1].register_forward_pre_hook(
        lambda _, args: counts.append(args[0].size(1))
    )
    try:
        yield counts
    finally:
        hook.remove()


def modes(model):
    return [module.training for module in model.modules()]
