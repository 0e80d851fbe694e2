"""induction_score is a head's mean weight on what followed the last time.

pytest tests/m14_circuits/test_induction_score.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m14_circuits import induction_score
from tests.m14_circuits.oracle import patterns, trained_model, two_segments


def query_by_query(pattern, period):
    rows = pattern.tolist()
    weights = [rows[query][query - period + 1] for query in range(period, len(rows))]
    return sum(weights) / len(weights) if weights else 0.0


def test_five_places_of_period_3_worked_by_hand():
    pattern = torch.tensor(
        [
            [1.0, 0.0, 0.0, 0.0, 0.0],
            [0.5, 0.5, 0.0, 0.0, 0.0],
            [0.75, 0.25, 0.0, 0.0, 0.0],
            [0.0, 0.625, 0.125, 0.25, 0.0],  # A B C A: B followed the last A
            [0.0, 0.25, 0.5, 0.125, 0.125],  # A B C A B: C followed the last B
        ]
    )
    check.close(induction_score(pattern, 3), (0.625 + 0.5) / 2)


def test_the_first_time_is_not_counted():
    pattern = torch.zeros(6, 6)
    pattern[2, 0] = pattern[1, 0] = pattern[0, 0] = 1.0
    check.close(induction_score(pattern, 3), 0.0)


def test_a_head_that_looks_where_the_token_itself_was_scores_0():
    pattern = torch.eye(6).roll(-3, dims=1)
    check.close(induction_score(pattern, 3), 0.0)


@pytest.mark.parametrize("period", [4, 5, 9])
def test_a_text_that_does_not_repeat_scores_0(period):
    check.close(induction_score(torch.ones(4, 4).tril() / 4, period), 0.0)


@given(seq=st.integers(1, 7), period=st.integers(1, 8), seed=st.integers(0, 9))
def test_agrees_with_one_query_at_a_time(seq, period, seed):
    pattern = check.randn(seq, seq, seed=seed, dtype=torch.float64).softmax(-1)
    expected = query_by_query(pattern, period)
    check.close(induction_score(pattern, period), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    pattern = check.randn(5, 5, seed=1).softmax(-1)
    found = induction_score(laid_out(pattern, layout), 2)
    check.close(found, query_by_query(pattern, 2))


@pytest.mark.parametrize(("layer", "score"), [(0, 0.013), (1, 0.885)])
def test_only_the_second_layer_of_a_trained_model_has_induction_heads(layer, score):
    _, w = trained_model()
    found = patterns(w, two_segments(1)[0])[layer][2]
    check.close(induction_score(found, 16), score, atol=0.03)
