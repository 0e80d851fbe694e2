"""Linear multiplies the last axis by a matrix and adds a bias.

pytest tests/m01_mlp/test_Linear.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m01_mlp import Linear

START = "Each number starts as a draw, uniform between ±1/√in_features: look at __init__."


def test_one_output_worked_by_hand():
    layer = Linear(2, 1)
    layer.load_state_dict({"weight": torch.tensor([[1.0, 2.0]]), "bias": torch.tensor([10.0])})
    x = torch.tensor([3.0, 4.0])
    check.close(layer(x), torch.tensor([21.0]))


def test_a_square_weight_is_used_the_right_way_round():
    layer = Linear(2, 2)
    weight = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    layer.load_state_dict({"weight": weight, "bias": torch.zeros(2)})
    x = torch.tensor([1.0, 0.0])
    check.close(layer(x), torch.tensor([1.0, 3.0]))


def test_parameters_have_the_names_and_shapes_of_nn_linear():
    shapes = {name: tuple(p.shape) for name, p in Linear(3, 5).named_parameters()}
    check.equal(shapes, {"weight": (5, 3), "bias": (5,)})


def test_without_bias_there_is_no_bias():
    layer = Linear(3, 2, bias=False)
    check.equal(layer.bias, None)
    weight = check.randn(2, 3, seed=0)
    layer.load_state_dict({"weight": weight})
    x = check.randn(4, 3, seed=1)
    check.close(layer(x), x @ weight.T)


@given(
    batch=st.lists(st.integers(1, 3), max_size=2),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
def test_agrees_with_pytorch_on_any_leading_axes(batch, sizes):
    theirs, layer = nn.Linear(*sizes).double(), Linear(*sizes).double()
    state = check.random_state(theirs, seed=1)
    theirs.load_state_dict(state)
    layer.load_state_dict(state)
    x = check.randn(*batch, sizes[0], seed=2, dtype=torch.float64)
    check.close(layer(x), theirs(x))


def test_its_gradients_agree_with_pytorch():
    theirs, layer = nn.Linear(3, 5), Linear(3, 5)
    state = check.random_state(theirs, seed=4)
    theirs.load_state_dict(state)
    layer.load_state_dict(state)
    x = check.randn(2, 4, 3, seed=3)
    theirs(x).square().sum().backward()
    layer(x).square().sum().backward()
    check.close(layer.weight.grad, theirs.weight.grad)
    check.close(layer.bias.grad, theirs.bias.grad)


@pytest.mark.parametrize("name", ["weight", "bias"])
def test_parameters_start_uniform_within_one_over_root_in(name):
    start = getattr(Linear(100, 4000), name).detach()
    bound = 1 / math.sqrt(100)
    largest = f"This is the largest absolute value. {START}"
    check.close(start.abs().max().item(), bound, rtol=0.01, hint=largest)
    deviation = bound / math.sqrt(3)
    check.close(
        start.std().item(), deviation, rtol=0.05, hint=f"This is the standard deviation. {START}"
    )
    check.close(start.mean().item(), 0.0, atol=0.05 * bound, hint=f"This is the mean. {START}")


def test_an_empty_batch_stays_empty():
    check.close(Linear(3, 5)(torch.zeros(2, 0, 3)), torch.zeros(2, 0, 5))


def test_float64_keeps_its_sixteen_digits():
    layer = Linear(3, 5).double()
    weight, bias = check.randn(5, 3, seed=5).double(), check.randn(5, seed=6).double()
    layer.load_state_dict({"weight": weight, "bias": bias})
    x = check.randn(2, 3, seed=7, dtype=torch.float64)
    expected = F.linear(x, weight, bias)
    check.close(layer(x), expected, rtol=1e-12, atol=1e-12, hint="float32 keeps seven digits.")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    layer = Linear(4, 5)
    weight, bias = check.randn(5, 4, seed=5), check.randn(5, seed=6)
    layer.load_state_dict({"weight": weight, "bias": bias})
    x = laid_out(check.randn(2, 3, 4, seed=7), layout)
    check.close(layer(x), F.linear(x, weight, bias))


@pytest.mark.parametrize("bias", [True, False])
def test_works_on_the_device_of_its_argument(bias):
    layer = Linear(3, 5, bias)
    state = {"weight": check.randn(5, 3, seed=5)}
    if bias:
        state["bias"] = check.randn(5, seed=6)
    layer.load_state_dict(state)
    x = check.randn(2, 3, seed=7)
    check.close(elsewhere(layer, x), F.linear(x, **state))
