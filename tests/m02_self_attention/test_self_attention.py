"""self_attention turns each position into a weighted mean of all.

pytest tests/m02_self_attention/test_self_attention.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m02_self_attention import self_attention


def by_pairs(x):
    """One sequence, one pair of positions at a time."""
    out = []
    for query in x:
        weights = torch.softmax(torch.stack([torch.dot(query, key) for key in x]), 0)
        out.append(sum(weight * value for weight, value in zip(weights, x, strict=True)))
    return torch.stack(out)


def test_three_word_vectors_worked_by_hand():
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    expected = torch.tensor([[0.844638, 0.577681], [0.577681, 0.844638], [0.788058, 0.788058]])
    check.close(self_attention(x), expected)


@given(
    batch=st.lists(st.integers(1, 3), max_size=2), seq=st.integers(1, 5), d_model=st.integers(1, 4)
)
def test_agrees_with_one_pair_at_a_time_on_any_leading_axes(batch, seq, d_model):
    x = check.randn(*batch, seq, d_model, seed=0, dtype=torch.float64)
    expected = torch.stack([by_pairs(one) for one in x.reshape(-1, seq, d_model)])
    check.close(self_attention(x), expected.reshape(*batch, seq, d_model))


def test_agrees_with_pytorch_where_nothing_is_scaled():
    x = check.randn(2, 3, 5, 4, seed=1)
    check.close(self_attention(x), F.scaled_dot_product_attention(x, x, x, scale=1.0))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    x = laid_out(check.randn(2, 3, 5, 4, seed=2), layout)
    expected = torch.stack([by_pairs(one) for one in x.reshape(6, 5, 4)])
    check.close(self_attention(x), expected.reshape(x.shape))


def test_works_on_the_device_of_its_argument():
    x = check.randn(5, 4, seed=7)
    check.close(elsewhere(self_attention, x), by_pairs(x))


def test_float64_is_float64_throughout():
    x = check.randn(5, 4, seed=8, dtype=torch.float64)
    huge = 1e20 * x  # their scores are too large for float32
    check.close(self_attention(huge), by_pairs(huge))
    check.close(self_attention(x), by_pairs(x), rtol=1e-12, atol=1e-12)


def test_long_vectors_stay_finite():
    x = torch.tensor([[1000.0, 0.0], [0.0, 100.0]])
    check.close(self_attention(x), x)


@given(order=st.permutations(range(4)))
def test_other_order_of_the_words_same_vectors_in_that_order(order):
    x = check.randn(4, 3, seed=3)
    check.close(
        self_attention(x[order]), by_pairs(x)[order], hint="Attention does not know positions."
    )


def test_a_mean_of_equal_vectors_is_that_vector():
    x = torch.tensor([2.0, -1.0, 0.5]).repeat(2, 4, 1)
    check.close(self_attention(x), x)


def test_a_position_alone_keeps_its_vector():
    x = check.randn(2, 1, 3, seed=4)
    check.close(self_attention(x), x)


def test_its_gradient_agrees_with_pytorch():
    x = check.randn(2, 4, 3, seed=5, dtype=torch.float64).requires_grad_()
    pick = check.randn(2, 4, 3, seed=6, dtype=torch.float64)
    right = torch.softmax(x @ x.mT, -1) @ x
    (expected,) = torch.autograd.grad((right * pick).sum(), x)
    out = self_attention(x)
    check.close(out, right)
    (out * pick).sum().backward()
    check.close(x.grad, expected)


def test_leaves_its_argument_alone():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    self_attention(x)
    expected = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    check.close(x, expected, hint="self_attention returns a new tensor; it never writes to x.")
