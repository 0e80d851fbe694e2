"""softmax turns scores into probabilities along one axis.

pytest tests/m01_mlp/test_softmax.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m01_mlp import softmax


def test_two_scores_worked_by_hand():
    x = torch.tensor([0.0, math.log(3)])
    check.close(softmax(x), torch.tensor([0.25, 0.75]))


def test_each_row_is_a_distribution_of_its_own():
    x = torch.tensor([[0.0, math.log(3)], [math.log(4), 0.0]])
    check.close(softmax(x), torch.tensor([[0.25, 0.75], [0.8, 0.2]]))


@pytest.mark.parametrize("dim", [0, 1, 2, -1, -2])
def test_sums_to_one_along_the_axis_it_is_given(dim):
    x = check.randn(2, 3, 4, seed=1)
    check.close(softmax(x, dim=dim), torch.softmax(x, dim=dim))


def test_huge_scores_stay_finite():
    x = torch.tensor([[1e4, 0.0, -1e4], [200.0, 199.0, -200.0], [100.0, 99.0, -400.0]])
    two = [0.731059, 0.268941, 0.0]
    check.close(softmax(x), torch.tensor([[1.0, 0.0, 0.0], two, two]))


def test_a_row_of_tiny_scores_is_not_lost_beside_a_row_of_huge_ones():
    x = torch.tensor([[200.0, 200.0], [-200.0, -200.0]])
    check.close(softmax(x), torch.full((2, 2), 0.5))


@given(rows=st.integers(1, 3), columns=st.integers(1, 4), shift=st.integers(-50, 50))
def test_adding_a_constant_to_all_scores_changes_nothing(rows, columns, shift):
    x = check.randn(columns, rows, seed=2, dtype=torch.float64).T
    check.close(softmax(x + shift), torch.softmax(x, -1))


def test_leaves_its_argument_alone():
    x = torch.tensor([[1.0, 2.0, 4.0]])
    softmax(x)
    check.close(
        x,
        torch.tensor([[1.0, 2.0, 4.0]]),
        hint="softmax returns a new tensor; it never writes to x.",
    )


def test_its_gradient_agrees_with_pytorch():
    x = check.randn(2, 3, seed=3, dtype=torch.float64).requires_grad_()
    pick = check.randn(2, 3, seed=4, dtype=torch.float64)
    expected = torch.autograd.grad((torch.softmax(x, -1) * pick).sum(), x)[0]
    (softmax(x) * pick).sum().backward()
    check.close(x.grad, expected)


def test_an_empty_batch_stays_empty():
    check.close(softmax(torch.zeros(0, 3)), torch.zeros(0, 3))


def test_float64_keeps_its_sixteen_digits():
    x = check.randn(3, 4, seed=5, dtype=torch.float64)
    expected = torch.softmax(x, -1)
    hint = "Nothing is added to the sum, and nothing passes through float32 (seven digits)."
    check.close(softmax(x), expected, rtol=1e-12, atol=1e-12, hint=hint)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    x = laid_out(check.randn(2, 3, 4, seed=6), layout)
    expected = torch.softmax(x, -1)
    check.close(softmax(x), expected)


def test_works_on_the_device_of_its_argument():
    x = check.randn(2, 3, seed=7)
    expected = torch.softmax(x, 0)
    check.close(elsewhere(softmax, x, dim=0), expected)
