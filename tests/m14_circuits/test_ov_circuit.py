"""ov_circuit is what a head does to the logits where it attends to a token.

pytest tests/m14_circuits/test_ov_circuit.py
"""

import pytest
import torch

from kata import check
from milestones.m14_circuits import AttentionOnly, ov_circuit
from tests.m14_circuits.oracle import ov, random_model, trained_model


def expected(w, layer, head):
    return torch.stack(
        [one @ ov(w, layer, head) @ w["unembedding"] for one in w["token_embedding"]]
    )


def test_two_tokens_worked_by_hand():
    model = AttentionOnly(vocab_size=2, context_length=1, d_model=2, n_layers=1, n_heads=1)
    state = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    state["token_embedding"] = torch.tensor([[1.0, 0.0], [1.0, 1.0]])
    state["w_v"][0, 0] = torch.tensor([[0.0, 1.0], [0.0, 0.0]])  # the first number to the second
    state["w_o"][0, 0] = torch.tensor([[5.0, 7.0], [2.0, 3.0]])
    state["unembedding"] = torch.tensor([[1.0, 0.0], [0.0, 10.0]])
    model.load_state_dict(state)
    # Both tokens begin with 1: the head writes (2, 3), which are logits of 2 and 30.
    check.close(ov_circuit(model, 0, 0), torch.tensor([[2.0, 30.0], [2.0, 30.0]]))


@pytest.mark.parametrize(("layer", "head"), [(0, 0), (0, 1), (2, 0)])
def test_a_row_is_a_source_token_of_the_head_that_is_asked_for(layer, head):
    model, w = random_model()
    check.close(ov_circuit(model, layer, head), expected(w, layer, head))


def test_places_have_no_part_in_it():
    model, w = random_model(context_length=7)  # as many as tokens
    check.close(ov_circuit(model, 1, 1), expected(w, 1, 1))


def test_a_trained_induction_head_raises_the_token_that_it_attends_to():
    model, _ = trained_model()
    found = ov_circuit(model, 1, 2)
    own = found.diagonal().mean() - found.mean()
    check.close(own, torch.tensor(1.76), atol=0.01)


def test_float64_is_float64_throughout():
    model, w = random_model(torch.float64)
    check.close(ov_circuit(model, 1, 0), expected(w, 1, 0), rtol=1e-12, atol=1e-12)
