"""top_triggers finds the places at which a neuron of an MLP is most active.

pytest tests/m13_inside/test_top_triggers.py
"""

import pytest
import torch

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m13_inside import top_triggers
from tests.m13_inside.interventions import (
    BATCH,
    D_MODEL,
    SEQ,
    fail_in_run,
    gpt,
    left_behind,
    modes_of_runs,
    run,
)
from tests.m13_inside.oracle import VOCAB

EACH = [(0, 0), (0, 3 * D_MODEL), (1, 1), (1, 4 * D_MODEL - 1)]


def tokens_of(batch, seq):
    """No token stands twice at the same position, which could make two places equal."""
    return (3 * torch.arange(batch).unsqueeze(-1) + torch.arange(seq).square()) % VOCAB


TOKENS = tokens_of(BATCH, SEQ)


def right(state, tokens, layer, neuron, k):
    """All places by how active the neuron is there: one list, sorted in Python."""
    hidden = run(tokens, state).hidden[layer, :, :, neuron].tolist()
    places = [(row, i) for row, values in enumerate(hidden) for i, _ in enumerate(values)]
    return sorted(places, key=lambda place: -hidden[place[0]][place[1]])[:k]


@pytest.mark.parametrize(("layer", "neuron"), EACH)
def test_the_most_active_places_come_first(layer, neuron):
    model, state = gpt()
    found = top_triggers(model, TOKENS, layer, neuron, 5)
    check.equal(found, right(state, TOKENS, layer, neuron, 5))


def test_a_neuron_that_detects_a_token_is_triggered_where_it_stands():
    model, state = gpt()
    # Nothing but the token's embedding reaches the first MLP, and the neuron looks for token 6's.
    state["position_embedding.weight"][:] = 0
    state["blocks.0.attention.o_proj.weight"][:] = 0
    state["blocks.0.attention.o_proj.bias"][:] = 0
    state["blocks.0.mlp_norm.weight"][:] = 1
    state["blocks.0.mlp_norm.bias"][:] = 0
    embedding = state["token_embedding.weight"][6]
    state["blocks.0.mlp.up.weight"][9] = embedding - embedding.mean()
    state["blocks.0.mlp.up.bias"][9] = 0
    model.load_state_dict(state, strict=False)
    tokens = torch.tensor([[6, 1, 2, 3], [4, 5, 7, 6], [8, 6, 9, 0]])
    check.equal(sorted(top_triggers(model, tokens, 0, 9, 3)), [(0, 0), (1, 3), (2, 1)])


def test_places_are_pairs_of_plain_integers():
    model, _ = gpt()
    found = top_triggers(model, TOKENS, 1, 2, 3)
    check.equal([[type(i).__name__ for i in place] for place in found], [["int", "int"]] * 3)


@pytest.mark.parametrize("layer", [0, 1])
def test_activations_are_those_after_gelu(layer):
    model, state = gpt()
    # All are below 0, where gelu falls before it rises: the least of them are the most active.
    state[f"blocks.{layer}.mlp.up.weight"][7] /= 4
    state[f"blocks.{layer}.mlp.up.bias"][7] = -2
    model.load_state_dict(state, strict=False)
    found = top_triggers(model, TOKENS, layer, 7, 6)
    check.equal(found, right(state, TOKENS, layer, 7, 6), hint="gelu(-3) is above gelu(-1).")


def test_a_strong_no_is_no_trigger():
    model, state = gpt()
    state["blocks.1.mlp.up.weight"][7] /= 4
    state["blocks.1.mlp.up.bias"][7] = -1
    model.load_state_dict(state, strict=False)
    check.equal(top_triggers(model, TOKENS, 1, 7, 8), right(state, TOKENS, 1, 7, 8))


@pytest.mark.parametrize("k", [1, BATCH * SEQ, BATCH * SEQ + 1, 100])
def test_there_are_k_places_or_as_many_as_there_are(k):
    model, state = gpt()
    check.equal(top_triggers(model, TOKENS, 0, 4, k), right(state, TOKENS, 0, 4, k))


@pytest.mark.parametrize(("batch", "seq"), [(1, 6), (6, 1), (1, 1), (5, 5)])
def test_rows_and_positions_of_any_number(batch, seq):
    model, state = gpt()
    tokens = tokens_of(batch, seq)
    check.equal(top_triggers(model, tokens, 1, 3, 4), right(state, tokens, 1, 3, 4))


def test_equal_activations_all_count():
    model, state = gpt()
    tokens = TOKENS.clone()
    tokens[3] = tokens[1]
    found = top_triggers(model, tokens, 1, 5, BATCH * SEQ)
    hidden = run(tokens, state).hidden[1, :, :, 5]
    everywhere = [(row, i) for row in range(BATCH) for i in range(SEQ)]
    check.equal(sorted(found), everywhere)
    expected = hidden.flatten().sort(descending=True).values
    check.close(torch.stack([hidden[place] for place in found]), expected)


def test_a_row_does_not_depend_on_the_others():
    model, state = gpt()
    for row in range(BATCH):
        alone = TOKENS[row : row + 1]
        check.equal(top_triggers(model, alone, 1, 6, 3), right(state, alone, 1, 6, 3))


def test_each_run_is_in_eval_mode():
    model, _ = gpt()
    check.equal(modes_of_runs(model, top_triggers, model, TOKENS, 1, 2, 9), {False})


def test_no_hook_stays_and_every_module_keeps_its_mode():
    model, _ = gpt(dropout=0.5)
    model.blocks[1].eval()
    check.equal(left_behind(model, top_triggers, model, TOKENS, 1, 2, 3), [])


def test_nothing_stays_behind_where_the_run_fails():
    model, _ = gpt(dropout=0.5)
    model.blocks[0].eval()
    fail_in_run(model, 1)
    check.equal(left_behind(model, top_triggers, model, TOKENS, 1, 2, 3), [])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, state = gpt()
    found = top_triggers(model, laid_out(TOKENS, layout), 0, 8, 5)
    check.equal(found, right(state, TOKENS, 0, 8, 5))


def test_works_on_the_device_of_its_arguments():
    model, state = gpt()
    tokens = TOKENS[:2, :3]
    check.equal(elsewhere(top_triggers, model, tokens, 0, 8, 4), right(state, tokens, 0, 8, 4))


def test_float64_is_float64_throughout():
    model, state = gpt()
    state["blocks.1.mlp.up.weight"][7] *= 1e-10  # what float32 cannot tell apart
    state["blocks.1.mlp.up.bias"][7] = 1
    model.load_state_dict(state, strict=False)
    check.equal(top_triggers(model, TOKENS, 1, 7, 9), right(state, TOKENS, 1, 7, 9))
