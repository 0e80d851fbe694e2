"""previous_token_score is a head's mean weight on the place before.

pytest tests/m14_circuits/test_previous_token_score.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m14_circuits import previous_token_score
from tests.m14_circuits.oracle import patterns, trained_model, two_segments


def query_by_query(pattern):
    rows = pattern.tolist()
    return sum(rows[query][query - 1] for query in range(1, len(rows))) / (len(rows) - 1)


def test_three_places_worked_by_hand():
    pattern = torch.tensor([[1.0, 0.0, 0.0], [0.25, 0.75, 0.0], [0.125, 0.5, 0.375]])
    check.close(previous_token_score(pattern), (0.25 + 0.5) / 2)


def test_a_head_that_only_looks_back_scores_1():
    pattern = torch.eye(5).roll(-1, dims=1)
    pattern[0] = torch.tensor([1.0, 0.0, 0.0, 0.0, 0.0])  # nothing is before place 0
    check.close(previous_token_score(pattern), 1.0)


def test_a_head_that_only_looks_at_itself_scores_0():
    check.close(previous_token_score(torch.eye(4)), 0.0)


def test_one_place_has_none_before():
    check.close(previous_token_score(torch.ones(1, 1)), 0.0)


@given(seq=st.integers(2, 6), seed=st.integers(0, 9))
def test_agrees_with_one_query_at_a_time(seq, seed):
    pattern = check.randn(seq, seq, seed=seed, dtype=torch.float64).softmax(-1)
    expected = query_by_query(pattern)
    check.close(previous_token_score(pattern), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    pattern = check.randn(4, 4, seed=1).softmax(-1)
    check.close(previous_token_score(laid_out(pattern, layout)), query_by_query(pattern))


@pytest.mark.parametrize(("head", "score"), [(1, 0.015), (2, 0.512)])
def test_one_head_of_a_trained_layer_looks_back(head, score):
    _, w = trained_model()
    found = patterns(w, two_segments(1)[0])[0][head]
    check.close(previous_token_score(found), score, atol=0.02)
