"""MLP widens, bends with a gelu, and narrows again.

pytest tests/m01_mlp/test_MLP.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from kata import check
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m01_mlp import MLP


def torch_mlp(x, state):
    """The same network from PyTorch's parts."""
    hidden = F.gelu(F.linear(x, state["up.weight"], state["up.bias"]), approximate="tanh")
    return F.linear(hidden, state["down.weight"], state["down.bias"])


def random_state(d_model, d_hidden, dtype=torch.float32):
    parts = {"up": nn.Linear(d_model, d_hidden), "down": nn.Linear(d_hidden, d_model)}
    return check.random_state(nn.ModuleDict(parts).to(dtype), seed=0)


def test_one_number_through_two_hidden_units_worked_by_hand():
    mlp = MLP(1, 2)
    state = {
        "up.weight": torch.tensor([[1.0], [-1.0]]),
        "up.bias": torch.tensor([0.0, 1.0]),
        "down.weight": torch.tensor([[1.0, 2.0]]),
        "down.bias": torch.tensor([0.5]),
    }
    mlp.load_state_dict(state)
    x = torch.tensor([1.0])
    check.close(mlp(x), torch.tensor([1.341192]))  # gelu(1) + 2 gelu(0) + 0.5


def test_parameters_are_up_and_down():
    shapes = {name: tuple(p.shape) for name, p in MLP(3, 5).named_parameters()}
    expected = {"up.weight": (5, 3), "up.bias": (5,), "down.weight": (3, 5), "down.bias": (3,)}
    check.equal(dict(sorted(shapes.items())), dict(sorted(expected.items())))


@given(batch=st.lists(st.integers(1, 3), max_size=2), d_hidden=st.integers(1, 6))
def test_agrees_with_pytorch_on_any_leading_axes(batch, d_hidden):
    mlp = MLP(3, d_hidden).double()
    state = random_state(3, d_hidden, torch.float64)
    mlp.load_state_dict(state)
    x = check.randn(*batch, 3, seed=0, dtype=torch.float64)
    check.close(mlp(x), torch_mlp(x, state))


def test_every_position_is_computed_alone():
    mlp = MLP(3, 4)
    state = random_state(3, 4)
    mlp.load_state_dict(state)
    x = check.randn(2, 5, 3, seed=1)
    expected = torch.stack([torch_mlp(x[:, i], state) for i in range(5)], dim=1)
    check.close(mlp(x), expected)


def test_its_gradients_agree_with_pytorch():
    mlp = MLP(3, 4)
    state = random_state(3, 4)
    mlp.load_state_dict(state)
    x = check.randn(2, 3, seed=2)
    leaves = {name: value.clone().requires_grad_() for name, value in state.items()}
    torch_mlp(x, leaves).square().sum().backward()
    mlp(x).square().sum().backward()
    check.close(mlp.up.weight.grad, leaves["up.weight"].grad)
    check.close(mlp.down.bias.grad, leaves["down.bias"].grad)


def test_float64_keeps_its_sixteen_digits():
    mlp = MLP(3, 5).double()
    state = random_state(3, 5, torch.float64)
    state["up.bias"] += 100  # so far out gelu is the identity, however many digits √(2/π) has
    mlp.load_state_dict(state)
    x = check.randn(2, 3, seed=3, dtype=torch.float64)
    expected = torch_mlp(x, state)
    check.close(mlp(x), expected, rtol=1e-12, atol=1e-12, hint="float32 keeps seven digits.")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    mlp = MLP(4, 5)
    state = random_state(4, 5)
    mlp.load_state_dict(state)
    x = laid_out(check.randn(2, 3, 4, seed=4), layout)
    check.close(mlp(x), torch_mlp(x, state))
