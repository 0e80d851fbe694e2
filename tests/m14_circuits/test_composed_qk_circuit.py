"""composed_qk_circuit is how much a token wants to attend to a place, by the token before it.

pytest tests/m14_circuits/test_composed_qk_circuit.py
"""

import pytest
import torch

from kata import check
from milestones.m14_circuits import AttentionOnly, composed_qk_circuit
from tests.m14_circuits.oracle import ov, random_model, scores, trained_model


def expected(w, layer, head, through):
    tokens = w["token_embedding"]
    return scores(w, layer, head, tokens, tokens @ ov(w, layer - 1, through))


def test_two_tokens_worked_by_hand():
    model = AttentionOnly(vocab_size=2, context_length=1, d_model=4, n_layers=2, n_heads=1)
    state = {name: torch.zeros_like(value) for name, value in model.state_dict().items()}
    state["token_embedding"] = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    state["w_v"][0, 0, 1, 0] = 2.0
    state["w_o"][0, 0, 0, 3] = 3.0  # the head before notes token 1 as 6 in number 3
    state["w_k"][1, 0, 3, 2] = 5.0
    state["w_q"][1, 0, 0, 2] = 7.0  # which token 0 asks for
    model.load_state_dict(state)
    # 7 · 30, divided by the root of the head's width 4.
    check.close(composed_qk_circuit(model, 1, 0, 0), torch.tensor([[0.0, 105.0], [0.0, 0.0]]))


@pytest.mark.parametrize(("layer", "head", "through"), [(1, 0, 1), (1, 1, 0), (2, 0, 1)])
def test_what_is_read_was_written_by_a_head_of_the_layer_before(layer, head, through):
    model, w = random_model()
    found = composed_qk_circuit(model, layer, head, through)
    check.close(found, expected(w, layer, head, through))


def test_scores_are_divided_by_the_root_of_the_width_of_a_head():
    model, w = random_model(d_model=32, n_heads=2)
    check.close(composed_qk_circuit(model, 2, 1, 1), expected(w, 2, 1, 1))


def test_layer_0_is_an_error():
    model, _ = random_model()
    check.raises(ValueError, composed_qk_circuit, model, 0, 1, 0)


def test_a_trained_induction_head_looks_for_the_own_token_before_a_place():
    model, _ = trained_model()
    found = composed_qk_circuit(model, layer=1, head=3, through=2)
    check.equal(found.argmax(dim=1).tolist(), list(range(64)))


def test_float64_is_float64_throughout():
    model, w = random_model(torch.float64)
    found = composed_qk_circuit(model, 2, 0, 1)
    check.close(found, expected(w, 2, 0, 1), rtol=1e-12, atol=1e-12)
