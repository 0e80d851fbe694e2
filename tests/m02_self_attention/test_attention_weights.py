"""attention_weights says how much each position takes from each, by likeness.

pytest tests/m02_self_attention/test_attention_weights.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m02_self_attention import attention_weights


def by_pairs(x):
    """One sequence, one dot product at a time."""
    scores = torch.stack([torch.stack([torch.dot(query, key) for key in x]) for query in x])
    return torch.softmax(scores, -1)


def test_three_word_vectors_worked_by_hand():
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    expected = [[0.422319, 0.155362, 0.422319]]  # e, 1, e, divided by their sum
    expected += [[0.155362, 0.422319, 0.422319]]
    expected += [[0.211942, 0.211942, 0.576117]]  # e, e, e², divided by their sum
    check.close(attention_weights(x), torch.tensor(expected))


def test_the_dot_products_are_taken_as_they_are():
    x = check.randn(5, 16, seed=0) / 2
    check.close(attention_weights(x), by_pairs(x))


@given(
    batch=st.lists(st.integers(1, 3), max_size=2), seq=st.integers(1, 5), d_model=st.integers(1, 4)
)
def test_agrees_with_one_dot_product_at_a_time_on_any_leading_axes(batch, seq, d_model):
    x = check.randn(*batch, seq, d_model, seed=1, dtype=torch.float64)
    expected = torch.stack([by_pairs(one) for one in x.reshape(-1, seq, d_model)])
    check.close(attention_weights(x), expected.reshape(*batch, seq, seq))


def test_the_sequences_of_a_batch_never_meet():
    x = check.randn(3, 4, 2, seed=2)
    check.close(attention_weights(x), torch.stack([by_pairs(one) for one in x]))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    x = laid_out(check.randn(2, 3, 5, 4, seed=3), layout)
    expected = torch.stack([by_pairs(one) for one in x.reshape(6, 5, 4)])
    check.close(attention_weights(x), expected.reshape(2, 3, 5, 5))


def test_works_on_the_device_of_its_argument():
    x = check.randn(5, 4, seed=7)
    check.close(elsewhere(attention_weights, x), by_pairs(x))


def test_float64_is_float64_throughout():
    x = check.randn(5, 4, seed=8, dtype=torch.float64)
    huge = 1e20 * x  # their scores are too large for float32
    check.close(attention_weights(huge), by_pairs(huge))
    check.close(attention_weights(x), by_pairs(x), rtol=1e-12, atol=1e-12)


@given(order=st.permutations(range(4)))
def test_other_order_of_the_words_same_weights_between_them(order):
    x = check.randn(4, 3, seed=4)
    check.close(attention_weights(x[order]), by_pairs(x)[order][:, order])


def test_long_vectors_stay_finite():
    x = torch.tensor([[1000.0, 0.0], [0.0, 100.0]])
    check.close(attention_weights(x), torch.eye(2))


def test_its_gradient_agrees_with_pytorch():
    x = check.randn(2, 4, 3, seed=5, dtype=torch.float64).requires_grad_()
    pick = check.randn(2, 4, 4, seed=6, dtype=torch.float64)
    right = torch.softmax(x @ x.mT, -1)
    (expected,) = torch.autograd.grad((right * pick).sum(), x)
    weights = attention_weights(x)
    check.close(weights, right)
    (weights * pick).sum().backward()
    check.close(x.grad, expected)


def test_leaves_its_argument_alone():
    x = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    attention_weights(x)
    expected = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    check.close(x, expected, hint="attention_weights returns a new tensor; it never writes to x.")
