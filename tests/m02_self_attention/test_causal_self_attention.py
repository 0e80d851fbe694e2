"""causal_self_attention mixes each position with what came before it, and nothing after.

pytest tests/m02_self_attention/test_causal_self_attention.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from kata.testing.sight import past
from milestones.m02_self_attention import causal_self_attention


def by_prefixes(x):
    """One sequence: the last position of each beginning of it, as if nothing followed."""
    out = []
    for end in range(1, len(x) + 1):
        start = x[:end]
        out.append(torch.softmax(start @ start[-1], 0) @ start)
    return torch.stack(out)


def test_three_word_vectors_worked_by_hand():
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    expected = torch.tensor([[1.0, 0.0], [0.268941, 0.731059], [0.788058, 0.788058]])
    check.close(causal_self_attention(x), expected)


def test_the_first_position_keeps_its_vector():
    x = check.randn(2, 4, 3, seed=0)
    check.close(causal_self_attention(x)[:, 0], x[:, 0])


@given(
    batch=st.lists(st.integers(1, 3), max_size=2), seq=st.integers(1, 5), d_model=st.integers(1, 4)
)
def test_agrees_with_every_beginning_read_alone_on_any_leading_axes(batch, seq, d_model):
    x = check.randn(*batch, seq, d_model, seed=1, dtype=torch.float64)
    expected = torch.stack([by_prefixes(one) for one in x.reshape(-1, seq, d_model)])
    check.close(causal_self_attention(x), expected.reshape(*batch, seq, d_model))


def test_agrees_with_pytorch_where_nothing_is_scaled():
    x = check.randn(2, 3, 5, 4, seed=2)
    expected = F.scaled_dot_product_attention(x, x, x, is_causal=True, scale=1.0)
    check.close(causal_self_attention(x), expected)


def test_a_word_sees_itself_and_the_words_before_it_and_no_other_text():
    x = check.randn(2, 4, 3, seed=3, dtype=torch.float64)
    check.sees(causal_self_attention, x, past(batch=2, seq=4))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    x = laid_out(check.randn(2, 3, 5, 4, seed=4), layout)
    expected = torch.stack([by_prefixes(one) for one in x.reshape(6, 5, 4)])
    check.close(causal_self_attention(x), expected.reshape(x.shape))


def test_works_on_the_device_of_its_argument():
    x = check.randn(5, 4, seed=7)
    check.close(elsewhere(causal_self_attention, x), by_prefixes(x))


def test_float64_is_float64_throughout():
    x = 1e20 * check.randn(5, 4, seed=8, dtype=torch.float64)  # the scores: too large for float32
    check.close(causal_self_attention(x), by_prefixes(x))


def test_long_vectors_of_the_future_stay_hidden():
    x = torch.tensor([[1.0, 0.0], [1e3, 1e3], [1e8, 0.0]])
    check.close(causal_self_attention(x), x)


def test_its_gradient_agrees_with_pytorch():
    x = check.randn(2, 4, 3, seed=5, dtype=torch.float64).requires_grad_()
    pick = check.randn(2, 4, 3, seed=6, dtype=torch.float64)
    future = torch.ones(4, 4).triu(1).bool()
    right = torch.softmax((x @ x.mT).masked_fill(future, -torch.inf), -1) @ x
    (expected,) = torch.autograd.grad((right * pick).sum(), x)
    out = causal_self_attention(x)
    check.close(out, right)
    (out * pick).sum().backward()
    check.close(x.grad, expected)


def test_leaves_its_argument_alone():
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    causal_self_attention(x)
    expected = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    check.close(x, expected, hint="causal_self_attention never writes to x.")
