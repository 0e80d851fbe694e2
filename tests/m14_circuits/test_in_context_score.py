"""in_context_score is the mean loss at a late place minus the mean loss at an early one.

pytest tests/m14_circuits/test_in_context_score.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m14_circuits import in_context_score


def text_by_text(losses, early, late):
    rows = losses.tolist()
    return sum(row[late] for row in rows) / len(rows) - sum(row[early] for row in rows) / len(rows)


def test_two_texts_worked_by_hand():
    losses = torch.tensor([[3.0, 2.0, 0.5, 9.0], [5.0, 4.0, 1.5, 7.0]])
    # 1 at place 2, and 4 at place 0.
    check.close(in_context_score(losses, early=0, late=2), -3.0)


def test_a_loss_that_falls_gives_a_score_below_0():
    losses = torch.tensor([[4.0, 3.0, 2.0, 1.0, 0.0]])
    check.close(in_context_score(losses, 1, 4), -3.0, hint="The later loss comes first.")


def test_places_between_the_two_do_not_count():
    losses = torch.tensor([[1.0, 50.0, 70.0, 2.0], [1.0, 60.0, 80.0, 3.0], [1.0, 5.0, 7.0, 4.0]])
    check.close(in_context_score(losses, 0, 3), 2.0)


@given(batch=st.integers(1, 4), places=st.tuples(*[st.integers(0, 5)] * 2), seed=st.integers(0, 9))
def test_agrees_with_one_text_at_a_time(batch, places, seed):
    losses = check.randn(batch, 6, seed=seed, dtype=torch.float64)
    expected = text_by_text(losses, *places)
    check.close(in_context_score(losses, *places), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    losses = check.randn(3, 4, seed=1)
    found = in_context_score(laid_out(losses, layout), 1, 3)
    check.close(found, text_by_text(losses, 1, 3))
