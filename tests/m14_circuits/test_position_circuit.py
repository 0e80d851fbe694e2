"""position_circuit is how much each place wants to attend to each other.

pytest tests/m14_circuits/test_position_circuit.py
"""

import pytest
import torch

from kata import check
from milestones.m14_circuits import AttentionOnly, position_circuit
from tests.m14_circuits.oracle import random_model, scores, trained_model


def expected(w, layer, head):
    return scores(w, layer, head, w["position_embedding"], w["position_embedding"])


def test_a_head_that_looks_at_the_place_before_worked_by_hand():
    model = AttentionOnly(vocab_size=5, context_length=4, d_model=4, n_layers=1, n_heads=1)
    state = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    state["position_embedding"] = torch.eye(4)
    state["w_k"][0, 0] = torch.eye(4)
    state["w_q"][0, 0, 1, 0] = state["w_q"][0, 0, 2, 1] = state["w_q"][0, 0, 3, 2] = 6.0
    model.load_state_dict(state)
    # 6 · 1, divided by the root of the head's width 4.
    before = [[0.0, 0, 0, 0], [3, 0, 0, 0], [0, 3, 0, 0], [0, 0, 3, 0]]
    check.close(position_circuit(model, 0, 0), torch.tensor(before))


@pytest.mark.parametrize(("layer", "head"), [(0, 0), (0, 1), (2, 0)])
def test_a_row_is_a_query_of_the_head_that_is_asked_for(layer, head):
    model, w = random_model()
    check.close(position_circuit(model, layer, head), expected(w, layer, head))


def test_all_pairs_are_there_of_all_places():
    model, w = random_model(context_length=9)  # more than there are tokens
    check.close(position_circuit(model, 1, 1), expected(w, 1, 1))


def test_a_trained_head_wants_the_place_before_from_most_places():
    model, _ = trained_model()
    found = position_circuit(model, 0, 2)
    before = found.diagonal(-1).mean() - found.tril(-2).sum() / 465
    check.close(before, torch.tensor(4.39), atol=0.01)


def test_float64_is_float64_throughout():
    model, w = random_model(torch.float64)
    check.close(position_circuit(model, 1, 0), expected(w, 1, 0), rtol=1e-12, atol=1e-12)
