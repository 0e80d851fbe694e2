"""repeat_heads repeats each head in a row, so that neighbours among the heads share one.

pytest tests/m10_llama/test_repeat_heads.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m10_llama import repeat_heads


def head_by_head(x, n):
    return torch.stack([x[:, h // n] for h in range(n * x.size(1))], 1)


def test_two_heads_worked_by_hand():
    x = torch.tensor([[[[1.0, 2.0]], [[3.0, 4.0]]]])  # A is (1, 2), B is (3, 4)
    rows = [[1.0, 2.0]] * 3 + [[3.0, 4.0]] * 3
    check.close(repeat_heads(x, 3), torch.tensor(rows).reshape(1, 6, 1, 2))


def test_once_is_the_heads_as_they_are():
    x = check.randn(2, 3, 4, 5, seed=0)
    check.close(repeat_heads(x, 1), x)


def test_one_head_serves_all():
    x = check.randn(2, 1, 3, 5, seed=1)
    check.close(repeat_heads(x, 4), torch.cat([x, x, x, x], 1))


@pytest.mark.parametrize("n", [2, 3])
def test_as_many_places_as_heads_are_not_mixed_up_with_them(n):
    x = check.randn(3, 3, 3, 3, seed=2)
    check.close(repeat_heads(x, n), head_by_head(x, n))


@given(sizes=st.tuples(*[st.integers(1, 4)] * 4), n=st.integers(1, 4))
def test_agrees_with_one_head_at_a_time_on_any_sizes(sizes, n):
    x = check.randn(*sizes, seed=3, dtype=torch.float64)
    check.close(repeat_heads(x, n), head_by_head(x, n), rtol=0, atol=0)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    x = laid_out(check.randn(2, 3, 4, 5, seed=4), layout)
    check.close(repeat_heads(x, 2), head_by_head(x, 2))


def test_works_on_the_device_of_its_argument():
    x = check.randn(2, 3, 4, 5, seed=5)
    check.close(elsewhere(repeat_heads, x, 2), head_by_head(x, 2))


def test_every_copy_sends_its_gradient_back():
    x = check.randn(2, 3, 4, 5, seed=6).requires_grad_()
    pick = check.randn(2, 6, 4, 5, seed=7)
    (repeat_heads(x, 2) * pick).sum().backward()
    check.equal(x.grad is None, False, hint="x has no gradient.")
    check.close(x.grad, pick[:, 0::2] + pick[:, 1::2])


def test_leaves_its_argument_alone():
    x = check.randn(2, 3, 4, 5, seed=8)
    before = x.clone()
    repeat_heads(x, 2)
    check.close(x, before, hint="repeat_heads never writes to x.")
