"""relu keeps the positive numbers and sets the negative ones to zero.

pytest tests/m01_mlp/test_relu.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m01_mlp import relu


def test_negative_numbers_become_zero_and_positive_ones_pass():
    x = torch.tensor([-2.0, -0.5, 0.0, 0.5, 3.0])
    check.close(relu(x), torch.tensor([0.0, 0.0, 0.0, 0.5, 3.0]))


def test_leaves_its_argument_alone():
    x = torch.tensor([-2.0, 3.0])
    relu(x)
    check.close(
        x, torch.tensor([-2.0, 3.0]), hint="relu returns a new tensor; it never writes to x."
    )


def test_the_gradient_is_one_where_positive_and_zero_where_negative():
    x = torch.tensor([-2.0, -1.0, 1.0, 2.0], requires_grad=True)
    relu(x).sum().backward()
    check.close(x.grad, torch.tensor([0.0, 0.0, 1.0, 1.0]))


def test_large_numbers_pass_unchanged():
    x = torch.tensor([-1e6, -7.0, 6.5, 1e6])
    check.close(relu(x), torch.tensor([0.0, 0.0, 6.5, 1e6]))


@given(rows=st.integers(1, 3), columns=st.integers(1, 4), seed=st.integers(0, 9))
def test_agrees_with_pytorch_on_any_shape_and_dtype(rows, columns, seed):
    x = check.randn(rows, columns, seed=seed, dtype=torch.float64).T
    check.close(relu(x), torch.relu(x))


def test_minus_infinity_becomes_zero_and_infinity_passes():
    x = torch.tensor([-math.inf, -1.0, 2.0, math.inf])
    check.close(relu(x), torch.tensor([0.0, 0.0, 2.0, math.inf]))


def test_an_empty_batch_stays_empty():
    check.close(relu(torch.zeros(0, 3)), torch.zeros(0, 3))


def test_float64_keeps_its_sixteen_digits():
    x = check.randn(3, 4, seed=0, dtype=torch.float64)
    expected = torch.relu(x)
    check.close(relu(x), expected, rtol=1e-12, atol=1e-12, hint="float32 keeps seven digits.")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    x = laid_out(check.randn(2, 3, 4, seed=1), layout)
    expected = torch.relu(x)
    check.close(relu(x), expected)


def test_works_on_the_device_of_its_argument():
    x = check.randn(2, 3, seed=2)
    expected = torch.relu(x)
    check.close(elsewhere(relu, x), expected)
