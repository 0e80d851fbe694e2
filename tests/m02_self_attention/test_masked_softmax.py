"""masked_softmax shares 1 among the scores that a mask allows.

pytest tests/m02_self_attention/test_masked_softmax.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m02_self_attention import masked_softmax


def row_by_row(scores, mask):
    """PyTorch's softmax over what each row is allowed, zeros elsewhere."""
    out = torch.zeros_like(scores)
    for index in torch.cartesian_prod(*map(torch.arange, scores.shape[:-1])):
        row = tuple(index.reshape(-1).tolist())
        allowed = mask.expand(scores.shape)[row]
        out[row][allowed] = torch.softmax(scores[row][allowed], -1)
    return out


def test_two_of_three_scores_worked_by_hand():
    scores = torch.tensor([0.0, math.log(3), 9.0])
    mask = torch.tensor([True, True, False])
    check.close(masked_softmax(scores, mask), torch.tensor([0.25, 0.75, 0.0]))


def test_a_score_that_is_not_allowed_takes_no_share():
    scores = torch.tensor([[1.0, 2.0, 3.0], [3.0, 1.0, 2.0]])
    mask = torch.tensor([[True, True, False], [False, True, True]])
    check.close(masked_softmax(scores, mask), row_by_row(scores, mask))


def test_where_all_is_allowed_it_is_the_softmax():
    scores = check.randn(2, 3, 5, seed=0)
    mask = torch.ones(3, 5, dtype=torch.bool)
    check.close(masked_softmax(scores, mask), torch.softmax(scores, -1))


def test_a_row_in_which_nothing_is_allowed_is_all_zeros():
    scores = torch.tensor([[1.0, 2.0], [3.0, 3.0]])
    mask = torch.tensor([[False, False], [True, True]])
    check.close(masked_softmax(scores, mask), torch.tensor([[0.0, 0.0], [0.5, 0.5]]))


@pytest.mark.parametrize("size", [30.0, 1e4, 1e12], ids=lambda size: f"{size:.4g}")
def test_a_hidden_score_is_exactly_nothing_however_large(size):
    scores = torch.tensor([[0.0, 0.0, size], [-size, -size, 0.0]])
    mask = torch.tensor([True, True, False])
    expected = torch.tensor([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0]])
    check.close(masked_softmax(scores, mask), expected, atol=0.0)


def test_large_scores_that_are_allowed_stay_finite():
    scores = torch.tensor([[1e4, 0.0, -1e4], [200.0, 199.0, 300.0]])
    mask = torch.tensor([[True, True, True], [True, True, False]])
    expected = torch.tensor([[1.0, 0.0, 0.0], [0.731059, 0.268941, 0.0]])
    check.close(masked_softmax(scores, mask), expected)


@pytest.mark.parametrize("shape", [(5,), (4, 5), (2, 1, 1, 5), (2, 1, 4, 5), (1, 3, 4, 1), (1,)])
def test_a_mask_broadcasts_to_the_scores(shape):
    scores = check.randn(2, 3, 4, 5, seed=1)
    mask = check.randint(3, *shape, seed=2) > 0
    check.close(masked_softmax(scores, mask), row_by_row(scores, mask))


@given(
    batch=st.lists(st.integers(1, 3), max_size=2),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    seed=st.integers(0, 9),
)
def test_agrees_with_one_row_at_a_time_on_any_leading_axes(batch, sizes, seed):
    query, key = sizes
    scores = check.randn(*batch, key, query, seed=seed, dtype=torch.float64).mT  # not contiguous
    mask = check.randint(2, *batch, query, key, seed=seed) > 0
    check.close(masked_softmax(scores, mask), row_by_row(scores, mask))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    scores = laid_out(check.randn(2, 3, 4, 5, seed=5), layout)
    mask = laid_out(check.randint(3, 2, 3, 4, 5, seed=6) > 0, layout)
    check.close(masked_softmax(scores, mask), row_by_row(scores, mask))


def test_works_on_the_device_of_its_arguments():
    scores = check.randn(3, 5, seed=7)
    mask = torch.tensor([[False] * 5, [True, False, True, True, False], [True] * 5])
    check.close(elsewhere(masked_softmax, scores, mask), row_by_row(scores, mask))


def test_float64_is_float64_throughout():
    scores = 1e40 * check.randn(3, 5, seed=8, dtype=torch.float64)  # too large for float32
    mask = torch.ones(3, 5, dtype=torch.bool)
    check.close(masked_softmax(scores, mask), row_by_row(scores, mask))


def test_its_gradient_agrees_with_pytorch_and_is_zero_where_hidden():
    scores = check.randn(2, 3, 4, seed=3, dtype=torch.float64).requires_grad_()
    mask = torch.tensor([[True, False, True, True], [True, True, False, False], [True] * 4])
    pick = check.randn(2, 3, 4, seed=4, dtype=torch.float64)
    right = torch.softmax(scores.masked_fill(~mask, -torch.inf), -1)
    (expected,) = torch.autograd.grad((right * pick).sum(), scores)
    weights = masked_softmax(scores, mask)
    check.close(weights, right)
    (weights * pick).sum().backward()
    check.close(scores.grad, expected)


def test_a_row_in_which_nothing_is_allowed_gives_no_gradient():
    scores = torch.tensor([[1.0, 2.0], [0.0, 0.0]], requires_grad=True)
    mask = torch.tensor([[False, False], [True, True]])
    weights = masked_softmax(scores, mask)
    check.close(weights, torch.tensor([[0.0, 0.0], [0.5, 0.5]]))
    weights[:, 0].sum().backward()
    check.close(scores.grad, torch.tensor([[0.0, 0.0], [0.25, -0.25]]))


def test_leaves_its_scores_alone():
    scores = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    masked_softmax(scores, torch.tensor([True, False]))
    expected = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    check.close(scores, expected, hint="masked_softmax never writes to its arguments.")


def test_leaves_its_mask_alone():
    mask = torch.tensor([True, False])
    masked_softmax(torch.tensor([[1.0, 2.0], [3.0, 4.0]]), mask)
    expected = torch.tensor([True, False])
    check.close(mask, expected, hint="masked_softmax never writes to its arguments.")
