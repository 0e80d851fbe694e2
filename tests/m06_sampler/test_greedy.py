"""greedy takes the likeliest token of each row.

pytest tests/m06_sampler/test_greedy.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m06_sampler import greedy


def test_the_largest_logit_of_each_row_by_hand():
    logits = torch.tensor([[1.0, 3.0, 2.0], [5.0, 0.0, 0.0]])
    check.close(greedy(logits), torch.tensor([1, 0]))


def test_negative_logits_are_logits_too():
    logits = torch.tensor([[-4.0, -torch.inf, -2.0, -3.0], [-1.0, 0.5, -9.0, 0.0]])
    check.close(greedy(logits), torch.tensor([2, 1]))


def test_of_equals_one_is_taken():
    logits = torch.tensor([[1.0, 3.0, 3.0], [2.0, 2.0, 0.0]])
    tokens = greedy(logits)
    check.equal(tuple(tokens.shape), (2,), hint="One token for each row.")
    check.close(logits.gather(1, tokens[:, None]), torch.tensor([[3.0], [2.0]]))


def test_a_batch_of_one_stays_a_batch():
    check.close(greedy(torch.tensor([[0.0, 1.0, 7.0, 2.0]])), torch.tensor([2]))


@given(batch=st.integers(1, 4), vocab=st.integers(1, 6), seed=st.integers(0, 9))
def test_agrees_with_one_row_at_a_time(batch, vocab, seed):
    logits = check.randn(vocab, batch, seed=seed, dtype=torch.float64).T  # not contiguous
    rows = logits.tolist()
    check.close(greedy(logits), torch.tensor([row.index(max(row)) for row in rows]))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_logits_in_memory_does_not_matter(layout):
    logits = torch.tensor([[1.0, 3.0, 2.0, 0.0], [5.0, 0.0, 4.0, 6.0], [9.0, 8.0, 7.0, 1.0]])
    logits = laid_out(logits, layout)
    check.close(greedy(logits), torch.tensor([row.index(max(row)) for row in logits.tolist()]))


def test_works_on_the_device_of_its_logits():
    logits = torch.tensor([[1.0, 3.0, 2.0], [5.0, 0.0, 0.0]])
    check.close(elsewhere(greedy, logits), torch.tensor([1, 0]))


def test_a_batch_without_rows_has_no_tokens():
    check.close(greedy(torch.zeros(0, 3)), torch.zeros(0, dtype=torch.long))


def test_leaves_its_logits_alone():
    logits = torch.tensor([[1.0, -3.0, 2.0]])
    greedy(logits)
    check.close(logits, torch.tensor([[1.0, -3.0, 2.0]]), hint="greedy never writes to its logits.")
