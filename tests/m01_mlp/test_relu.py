"""relu keeps the positive numbers and sets the negative ones to zero.

pytest tests/m01_mlp/test_relu.py
"""

import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
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
