"""init_weights draws every parameter of a GPT anew, as GPT-2 starts.

pytest tests/m05_gpt/test_init_weights.py
"""

import math

import pytest
import torch
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from milestones.m05_gpt import GPT, GPTConfig, init_weights

CONFIG = GPTConfig(vocab_size=300, context_length=100, d_model=32, n_layers=3, n_heads=4)
DEVIATION = "This is the standard deviation that init_weights left, see its docstring."
MEAN = "This is the mean that init_weights left, see its docstring."


def filled(config):
    """A GPT whose numbers are 2 and 8 in turn, drawn anew."""
    model = GPT(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.fill_(2).view(-1)[::2] = 8
    init_weights(model)
    return model


@pytest.mark.parametrize("name", ["token_embedding", "position_embedding"])
def test_both_embeddings_start_at_two_hundredths(name):
    start = getattr(filled(CONFIG), name).weight.detach()
    check.close(start.std().item(), 0.02, rtol=0.1, hint=DEVIATION)
    check.close(start.mean().item(), 0.0, atol=0.002, hint=MEAN)


@pytest.mark.parametrize("name", ["attention.q_proj", "attention.k_proj", "attention.v_proj"])
def test_queries_keys_and_values_start_at_two_hundredths(name):
    for block in filled(CONFIG).blocks:
        start = block.get_submodule(name).weight.detach()
        check.close(start.std().item(), 0.02, rtol=0.1, hint=DEVIATION)
        check.close(start.mean().item(), 0.0, atol=0.002, hint=MEAN)


def test_the_widening_of_the_mlp_starts_at_two_hundredths():
    for block in filled(CONFIG).blocks:
        start = block.mlp.up.weight.detach()
        check.close(start.std().item(), 0.02, rtol=0.1, hint=DEVIATION)
        check.close(start.mean().item(), 0.0, atol=0.002, hint=MEAN)


@pytest.mark.parametrize("name", ["attention.o_proj", "mlp.down"])
@pytest.mark.parametrize("n_layers", [1, 2, 6])
def test_what_writes_into_the_stream_starts_smaller_in_a_deeper_model(name, n_layers):
    for block in filled(GPTConfig(11, 7, 48, n_layers, 4)).blocks:
        start = block.get_submodule(name).weight.detach()
        deviation = 0.02 / math.sqrt(2 * n_layers)
        check.close(start.std().item(), deviation, rtol=0.1, hint=DEVIATION)
        check.close(start.mean().item(), 0.0, atol=0.002, hint=MEAN)


def all_of(model, ending):
    """The numbers of all parameters whose names end so."""
    named = model.named_parameters()
    return torch.cat([p.detach().flatten() for name, p in named if name.endswith(ending)])


def test_biases_start_at_zero():
    start = all_of(filled(CONFIG), "bias")
    check.close(start.mean().item(), 0.0, atol=0.005, hint=MEAN)
    check.close(start.std().item(), 0.0, atol=0.005, hint=DEVIATION)


def test_the_weights_of_norms_start_at_one():
    start = all_of(filled(CONFIG), "norm.weight")
    check.close(start.std().item(), 0.0, atol=0.005, hint=DEVIATION)  # drawn is not zero
    check.close(start.mean().item(), 1.0, atol=0.005, hint=MEAN)


def test_a_new_gpt_starts_so():
    filled(CONFIG)  # as long as init_weights is to be written, so is this
    model = GPT(CONFIG)
    embedding, down = model.token_embedding.weight, model.blocks[2].mlp.down
    check.close(embedding.std().item(), 0.02, rtol=0.1, hint=DEVIATION)
    check.close(down.weight.std().item(), 0.02 / math.sqrt(6), rtol=0.1, hint=DEVIATION)
    check.close(down.bias.std().item(), 0.0, atol=0.005, hint=DEVIATION)


def test_the_numbers_are_normal():
    start = filled(CONFIG).token_embedding.weight.detach()
    fourth = (start / start.std()).pow(4).mean().item()
    check.close(fourth, 3.0, rtol=0.1, hint="The fourth moment of a normal distribution is 3.")


def test_an_untrained_model_finds_every_token_equally_likely():
    model = filled(CONFIG)
    tokens, targets = check.randint(300, 2, 9, seed=0), check.randint(300, 2, 9, seed=1)
    loss = F.cross_entropy(model(tokens).flatten(0, 1), targets.flatten())
    hint = f"The loss is {loss.item():.2f}; ln 300 is {math.log(300):.2f}."
    check.equal(abs(loss.item() / math.log(300) - 1) < 0.05, True, hint=hint)


def test_every_layer_is_drawn_on_its_own():
    model = GPT(CONFIG)
    attention, other = model.blocks[0].attention, model.blocks[1].attention
    alike = torch.equal(attention.q_proj.weight, attention.k_proj.weight)
    check.equal(alike, False, hint="The queries' and the keys' weights are the same.")
    alike = torch.equal(attention.o_proj.weight, other.o_proj.weight)
    check.equal(alike, False, hint="Two blocks' weights are the same.")


def test_every_call_draws_anew():
    model = GPT(CONFIG)
    init_weights(model)
    first = model.token_embedding.weight.detach().clone()
    init_weights(model)
    hint = "Two calls of init_weights left the same numbers."
    check.equal(torch.equal(model.token_embedding.weight, first), False, hint=hint)


def test_the_parameters_stay_the_same_objects():
    model = GPT(CONFIG)
    before = dict(model.named_parameters())
    init_weights(model)
    replaced = [name for name, p in model.named_parameters() if p is not before.get(name)]
    check.equal(replaced, [], hint="An optimizer that holds the old ones would train nothing.")


def test_the_parameters_still_learn():
    model = GPT(CONFIG)
    init_weights(model)
    model(check.randint(300, 2, 5, seed=2)).sum().backward()
    silent = [name for name, p in model.named_parameters() if p.grad is None]
    check.equal(silent, [], hint="These have no gradient.")


def test_frozen_parameters_are_reset_too_and_stay_frozen():
    model = GPT(CONFIG).requires_grad_(False)
    with torch.no_grad():
        model.blocks[1].mlp.up.weight.fill_(5)
    init_weights(model)
    deviation = model.blocks[1].mlp.up.weight.std().item()
    check.close(deviation, 0.02, rtol=0.1, hint="This is the deviation of what had been frozen.")
    check.equal(any(p.requires_grad for p in model.parameters()), False)


def test_the_dtype_stays():
    model = GPT(CONFIG).double()
    init_weights(model)
    check.equal({p.dtype for p in model.parameters()}, {torch.float64})


def test_works_on_the_device_of_the_model():
    def drawn(model):
        init_weights(model)
        return model.token_embedding.weight, model.blocks[0].mlp.down.weight

    embedding, down = elsewhere(drawn, GPT(CONFIG))
    check.close(embedding.std().item(), 0.02, rtol=0.1, hint=DEVIATION)
    check.close(down.std().item(), 0.02 / math.sqrt(6), rtol=0.1, hint=DEVIATION)
