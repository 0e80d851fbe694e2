"""qk_circuit is how much each token wants to attend to each other, from the tokens alone.

pytest tests/m14_circuits/test_qk_circuit.py
"""

import pytest
import torch

from kata import check
from milestones.m14_circuits import AttentionOnly, qk_circuit
from tests.m14_circuits.oracle import random_model, scores


def expected(w, layer, head):
    return scores(w, layer, head, w["token_embedding"], w["token_embedding"])


def test_two_tokens_worked_by_hand():
    model = AttentionOnly(vocab_size=2, context_length=1, d_model=4, n_layers=1, n_heads=1)
    state = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    state["token_embedding"] = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    state["w_q"][0, 0, 0, 2] = 6.0  # token 0 asks for 6 in number 2 of the head
    state["w_k"][0, 0, 1, 2] = 5.0  # and token 1 has 5 there
    model.load_state_dict(state)
    # 6 · 5, divided by the root of the head's width 4.
    check.close(qk_circuit(model, 0, 0), torch.tensor([[0.0, 15.0], [0.0, 0.0]]))


@pytest.mark.parametrize(("layer", "head"), [(0, 0), (0, 1), (2, 0)])
def test_a_row_is_a_destination_of_the_head_that_is_asked_for(layer, head):
    model, w = random_model()
    check.close(qk_circuit(model, layer, head), expected(w, layer, head))


def test_scores_are_divided_by_the_root_of_the_width_of_a_head():
    model, w = random_model(d_model=32, n_heads=2)
    check.close(qk_circuit(model, 1, 1), expected(w, 1, 1))


def test_places_have_no_part_in_it():
    model, w = random_model(context_length=7)  # as many as tokens
    check.close(qk_circuit(model, 1, 0), expected(w, 1, 0))


def test_float64_is_float64_throughout():
    model, w = random_model(torch.float64)
    check.close(qk_circuit(model, 1, 0), expected(w, 1, 0), rtol=1e-12, atol=1e-12)
