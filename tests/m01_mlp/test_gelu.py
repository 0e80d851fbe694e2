"""gelu is a smooth relu; this one is GPT-2's tanh form.

pytest tests/m01_mlp/test_gelu.py
"""

import pytest
import torch
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m01_mlp import gelu


def test_three_values_worked_by_hand():
    x = torch.tensor([-1.0, 0.0, 1.0])
    check.close(gelu(x), torch.tensor([-0.158808, 0.0, 0.841192]))


def test_is_the_tanh_form_and_not_the_exact_one():
    x = torch.linspace(-4, 4, 33, dtype=torch.float64)
    check.close(gelu(x), F.gelu(x, approximate="tanh"), rtol=1e-6, atol=1e-9)


def test_is_nearly_the_identity_far_right_and_zero_far_left():
    x = torch.tensor([[-50.0, -10.0], [10.0, 50.0]])
    check.close(gelu(x), torch.tensor([[0.0, 0.0], [10.0, 50.0]]))


def test_its_gradient_far_out_is_zero_or_one_and_never_nan():
    x = torch.tensor([-50.0, -20.0, 20.0, 50.0], requires_grad=True)
    gelu(x).sum().backward()
    check.close(x.grad, torch.tensor([0.0, 0.0, 1.0, 1.0]))


def test_leaves_its_argument_alone():
    x = torch.tensor([-1.0, 2.0])
    gelu(x)
    check.close(
        x, torch.tensor([-1.0, 2.0]), hint="gelu returns a new tensor; it never writes to x."
    )


def test_its_gradient_agrees_with_pytorch():
    x = check.randn(3, 5, seed=0, dtype=torch.float64).requires_grad_()
    expected = torch.autograd.grad(F.gelu(x, approximate="tanh").sum(), x)[0]
    gelu(x).sum().backward()
    check.close(x.grad, expected)


def test_an_empty_batch_stays_empty():
    check.close(gelu(torch.zeros(0, 3)), torch.zeros(0, 3))


def test_float64_keeps_its_sixteen_digits():
    x = 30 + check.randn(3, 4, seed=1, dtype=torch.float64)
    expected = x.clone()  # so far out gelu is the identity, however many digits √(2/π) has
    check.close(gelu(x), expected, rtol=1e-12, atol=1e-12, hint="float32 keeps seven digits.")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    x = laid_out(check.randn(2, 3, 4, seed=2), layout)
    expected = F.gelu(x, approximate="tanh")
    check.close(gelu(x), expected)


def test_works_on_the_device_of_its_argument():
    x = check.randn(2, 3, seed=3)
    expected = F.gelu(x, approximate="tanh")
    check.close(elsewhere(gelu, x), expected)
