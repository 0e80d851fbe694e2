"""LayerNorm brings each position to mean 0 and variance 1, then scales and shifts it.

pytest tests/m04_transformer_block/test_LayerNorm.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m04_transformer_block import LayerNorm


def test_four_numbers_worked_by_hand():
    x = torch.tensor([1.0, 2.0, 3.0, 6.0])
    expected = torch.tensor([-1.069043, -0.534521, 0.0, 1.603564])  # (x - 3) / √3.50001
    check.close(LayerNorm(4)(x), expected)


def test_gain_and_bias_come_last():
    layer = LayerNorm(2)
    state = {"weight": torch.tensor([2.0, 3.0]), "bias": torch.tensor([10.0, 20.0])}
    layer.load_state_dict(state)
    x = torch.tensor([5.0, 7.0])
    check.close(layer(x), torch.tensor([8.0, 23.0]))  # normalised: [-1, 1]


def test_parameters_have_the_names_shapes_and_start_of_nn_layer_norm():
    parameters = dict(LayerNorm(3).named_parameters())
    learned = {name: p.requires_grad for name, p in sorted(parameters.items())}
    check.equal(learned, {"bias": True, "weight": True})
    start = {name: p.detach() for name, p in parameters.items()}
    check.close(start["weight"], torch.ones(3), hint="So `weight` starts: look at __init__.")
    check.close(start["bias"], torch.zeros(3), hint="So `bias` starts: look at __init__.")


def test_nothing_else_is_stored():
    check.equal(sorted(LayerNorm(3).state_dict()), ["bias", "weight"])


@given(
    batch=st.lists(st.integers(1, 4), max_size=3),
    d_model=st.integers(1, 6),
    seed=st.integers(0, 9),
)
def test_agrees_with_pytorch_on_any_leading_axes(batch, d_model, seed):
    theirs, layer = nn.LayerNorm(d_model).double(), LayerNorm(d_model).double()
    state = check.random_state(theirs, seed=seed)
    theirs.load_state_dict(state)
    layer.load_state_dict(state)
    x = check.randn(*batch, d_model, seed=seed + 1, dtype=torch.float64)
    check.close(layer(x), theirs(x))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    x = laid_out(check.randn(2, 3, 4, seed=0), layout)
    check.close(LayerNorm(4)(x), F.layer_norm(x, (4,)))


def test_works_on_the_device_of_its_argument():
    layer = LayerNorm(4)
    x = check.randn(2, 3, 4, seed=7)
    check.close(elsewhere(layer, x), F.layer_norm(x, (4,)))


def test_float64_keeps_its_digits():
    theirs, layer = nn.LayerNorm(5).double(), LayerNorm(5).double()
    state = check.random_state(theirs, seed=8)
    theirs.load_state_dict(state)
    layer.load_state_dict(state)
    x = check.randn(2, 3, 5, seed=9, dtype=torch.float64)
    check.close(layer(x), theirs(x), rtol=1e-12, atol=1e-12)


def test_an_empty_batch_stays_empty():
    layer = LayerNorm(4)
    check.close(layer(torch.zeros(0, 3, 4)), torch.zeros(0, 3, 4))


@pytest.mark.parametrize("eps", [1e-6, 1e-5, 1e-2, 1.0])
def test_eps_stands_inside_the_root(eps):
    layer = LayerNorm(3, eps)
    x = torch.tensor([[0.001, -0.002, 0.003], [1.0, 2.0, 6.0]])
    check.close(layer(x), F.layer_norm(x, (3,), eps=eps))


def test_eps_is_a_hundred_thousandth_where_nothing_is_said():
    x = torch.tensor([[0.001, -0.002, 0.003]])
    check.close(LayerNorm(3)(x), F.layer_norm(x, (3,), eps=1e-5))


def test_numbers_that_are_all_the_same_become_the_bias():
    layer = LayerNorm(3)
    state = {"weight": torch.tensor([2.0, 3.0, 4.0]), "bias": torch.tensor([1.0, -1.0, 5.0])}
    layer.load_state_dict(state)
    x = torch.tensor([[7.0, 7.0, 7.0], [0.0, 0.0, 0.0]])
    check.close(layer(x), torch.tensor([[1.0, -1.0, 5.0], [1.0, -1.0, 5.0]]))


@pytest.mark.parametrize(
    ("far", "dtype"), [(1e4, torch.float32), (1e9, torch.float64)], ids=["float32", "float64"]
)
def test_is_accurate_far_from_zero(far, dtype):
    x = far + check.randn(5, 6, seed=1, dtype=dtype)
    expected = F.layer_norm(x.double(), (6,)).to(dtype)
    # The mean itself is rounded to about a thousandth of the deviations.
    check.close(LayerNorm(6).to(dtype)(x), expected, rtol=0.0, atol=0.02)


def test_its_gradients_agree_with_pytorch():
    theirs, layer = nn.LayerNorm(5).double(), LayerNorm(5).double()
    state = check.random_state(theirs, seed=2)
    theirs.load_state_dict(state)
    layer.load_state_dict(state)
    x = check.randn(2, 3, 5, seed=3, dtype=torch.float64)
    pick = check.randn(2, 3, 5, seed=4, dtype=torch.float64)
    inputs = x.clone().requires_grad_()
    (layer(inputs) * pick).sum().backward()
    right = x.clone().requires_grad_()
    (theirs(right) * pick).sum().backward()
    check.close(inputs.grad, right.grad)
    check.close(layer.weight.grad, theirs.weight.grad)
    check.close(layer.bias.grad, theirs.bias.grad)


def test_eval_changes_nothing_and_no_call_leaves_a_trace():
    layer = LayerNorm(4)
    layer(5 + 3 * check.randn(2, 3, 4, seed=5))
    layer.eval()
    x = check.randn(2, 3, 4, seed=6)
    check.close(layer(x), F.layer_norm(x, (4,)))


def test_leaves_its_input_alone():
    x = torch.tensor([[1.0, 2.0, 3.0, 6.0]])
    LayerNorm(4)(x)
    expected = torch.tensor([[1.0, 2.0, 3.0, 6.0]])
    check.close(x, expected, hint="LayerNorm never writes to its input.")
