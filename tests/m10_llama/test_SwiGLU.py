"""SwiGLU lets a gate decide, number by number, how much of what is projected up passes.

pytest tests/m10_llama/test_SwiGLU.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m10_llama import SwiGLU
from tests.m10_llama.oracle import (
    agree_on_gradients,
    load,
    random_state,
    shapes_of,
    swiglu,
    swiglu_shapes,
)


def loaded(d_model, d_hidden, seed=0, dtype=torch.float64):
    """A layer of the learner's, and the weights that it was given."""
    state = random_state(swiglu_shapes(d_model, d_hidden), seed, dtype)
    return load(SwiGLU(d_model, d_hidden), state), state


def test_one_hidden_number_worked_by_hand():
    state = {
        "gate_proj.weight": torch.tensor([[1.0, 0.0]]),
        "up_proj.weight": torch.tensor([[0.0, 1.0]]),
        "down_proj.weight": torch.tensor([[2.0], [4.0]]),
    }
    layer = load(SwiGLU(2, 1), state)
    x = torch.tensor([[math.log(3), 4 / math.log(3)]])
    # silu(ln 3) is 3/4 ln 3, and 3 passes.
    check.close(layer(x), torch.tensor([[6.0, 12.0]]))


def test_parameters_are_three_projections_without_biases():
    expected = dict(sorted(swiglu_shapes(4, 6).items()))
    check.equal(shapes_of(SwiGLU(4, 6)), expected)


@pytest.mark.parametrize("gate", [-30.0, 0.0])
def test_a_closed_gate_lets_nothing_pass(gate):
    layer, state = loaded(3, 5)
    state["gate_proj.weight"] = torch.full((5, 3), gate, dtype=torch.float64)
    load(layer, state)
    x = check.randn(2, 3, seed=1, dtype=torch.float64).abs() + 1
    check.close(layer(x), torch.zeros(2, 3, dtype=torch.float64))


def test_an_open_gate_lets_through_as_much_as_it_says():
    layer, state = loaded(3, 3)
    state |= {name: torch.eye(3).double() for name in ("up_proj.weight", "down_proj.weight")}
    state["gate_proj.weight"] = torch.full((3, 3), 30.0, dtype=torch.float64)
    load(layer, state)
    x = torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)  # each gate is silu(180)
    check.close(layer(x), torch.tensor([[180.0, 360.0, 540.0]], dtype=torch.float64))


@given(
    leading=st.lists(st.integers(1, 4), max_size=3),
    d_model=st.integers(1, 5),
    d_hidden=st.integers(1, 7),
    seed=st.integers(0, 9),
)
def test_agrees_with_the_definition_on_any_sizes(leading, d_model, d_hidden, seed):
    layer, state = loaded(d_model, d_hidden, seed)
    x = check.randn(*leading, d_model, seed=seed, dtype=torch.float64)
    check.close(layer(x), swiglu(x, state), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("size", [1e-3, 1.0, 20.0])
def test_small_and_large_numbers_pass_the_gate_as_they_should(size):
    layer, state = loaded(4, 6, seed=2)
    x = size * check.randn(5, 4, seed=3, dtype=torch.float64)
    check.close(layer(x), swiglu(x, state), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    layer, state = loaded(4, 6, dtype=torch.float32)
    x = laid_out(check.randn(2, 3, 4, seed=4), layout)
    check.close(layer(x), swiglu(x, state))


def test_works_on_the_device_of_its_argument():
    layer, state = loaded(4, 6, dtype=torch.float32)
    x = check.randn(2, 3, 4, seed=5)
    check.close(elsewhere(layer, x), swiglu(x, state))


def test_x_and_every_parameter_learn():
    layer, state = loaded(4, 6)
    x = check.randn(2, 3, 4, seed=6, dtype=torch.float64).requires_grad_()
    agree_on_gradients(layer, state, lambda: layer(x), lambda leaves: swiglu(x, leaves), x=x)


def test_leaves_its_input_alone():
    layer, _ = loaded(4, 6)
    x = check.randn(2, 4, seed=7, dtype=torch.float64)
    before = x.clone()
    layer(x)
    check.close(x, before, hint="SwiGLU never writes to its input.")
