"""value_distribution tells which tokens a neuron of an MLP speaks for.

pytest tests/m13_inside/test_value_distribution.py
"""

import math

import pytest
import torch

from kata import check
from kata.testing.elsewhere import elsewhere
from milestones.m13_inside import value_distribution
from tests.m13_inside.interventions import left_behind
from tests.m13_inside.oracle import D_MODEL, VOCAB, gpt


def right(state, layer, neuron):
    """One token after the other."""
    value = state[f"blocks.{layer}.mlp.down.weight"][:, neuron]  # (d_model)
    scores = torch.stack([row.dot(value) for row in state["token_embedding.weight"]])
    weights = torch.exp(scores - scores.max())
    return weights / weights.sum()


@pytest.mark.parametrize("neuron", [0, 5, D_MODEL - 1, D_MODEL, 4 * D_MODEL - 1])
@pytest.mark.parametrize("layer", [0, 1])
def test_each_token_gets_its_share(layer, neuron):
    model, state = gpt()
    check.close(value_distribution(model, layer, neuron), right(state, layer, neuron))


def test_a_neuron_that_writes_one_tokens_embedding_worked_by_hand():
    model, state = gpt()
    state["token_embedding.weight"][:] = torch.eye(VOCAB, D_MODEL)
    state["blocks.1.mlp.down.weight"][:, 9] = math.log(3) * torch.eye(D_MODEL)[6]
    model.load_state_dict(state, strict=False)
    expected = torch.full((VOCAB,), 1 / 13, dtype=torch.float64)
    expected[6] = 3 / 13
    check.close(value_distribution(model, 1, 9), expected)


def test_a_neuron_that_writes_nothing_speaks_for_all_alike():
    model, state = gpt()
    state["blocks.0.mlp.down.weight"][:, 3] = 0
    model.load_state_dict(state, strict=False)
    check.close(value_distribution(model, 0, 3), torch.full((VOCAB,), 1 / VOCAB).double())


def test_shares_sum_to_one():
    model, _ = gpt()
    found = value_distribution(model, 1, 20)
    check.close(found.sum(), torch.ones((), dtype=torch.float64))


def test_the_last_norm_and_the_biases_play_no_part():
    model, state = gpt()
    state["final_norm.weight"] *= -3
    state["final_norm.bias"] += 2
    state["blocks.0.mlp.down.bias"] += 4 * check.randn(D_MODEL, seed=1)
    model.load_state_dict(state, strict=False)
    check.close(value_distribution(model, 0, 2), right(state, 0, 2))


def test_twice_the_value_is_a_sharper_distribution():
    model, state = gpt()
    state["blocks.0.mlp.down.weight"][:, 8] *= 2
    model.load_state_dict(state, strict=False)
    check.close(value_distribution(model, 0, 8), right(state, 0, 8))


def test_large_scores_do_not_overflow():
    model, state = gpt()
    state["blocks.1.mlp.down.weight"][:, 8] *= 1e5
    model.load_state_dict(state, strict=False)
    check.close(value_distribution(model, 1, 8), right(state, 1, 8))


def test_nothing_stays_behind():
    model, _ = gpt(dropout=0.5)
    model.blocks[1].eval()
    check.equal(left_behind(model, value_distribution, model, 1, 8), [])


def test_works_on_the_device_of_the_model():
    model, state = gpt()
    check.close(elsewhere(value_distribution, model, 0, 1), right(state, 0, 1))


def test_float64_is_float64_throughout():
    model, state = gpt()
    check.close(value_distribution(model, 1, 4), right(state, 1, 4), rtol=1e-12, atol=1e-12)


def test_works_in_float32():
    model, state = gpt(dtype=torch.float32)
    check.close(value_distribution(model, 1, 4), right(state, 1, 4))
