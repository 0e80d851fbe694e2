"""RMSNorm divides each position by the root of its mean square, and then scales it.

pytest tests/m10_llama/test_RMSNorm.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m10_llama import RMSNorm
from tests.m10_llama.oracle import agree_on_gradients, load, rms_norm, shapes_of


def test_two_numbers_worked_by_hand():
    x = torch.tensor([3.0, 4.0])
    check.close(RMSNorm(2)(x), torch.tensor([0.848528, 1.131371]))  # divided by √12.50001


def test_the_weight_scales_what_is_normed():
    layer = load(RMSNorm(3), {"weight": torch.tensor([2.0, 10.0, 1.0])})
    x = torch.tensor([[2.0, -2.0, 2.0]])
    check.close(layer(x), torch.tensor([[2.0, -10.0, 1.0]]))


def test_its_one_parameter_is_a_weight_that_starts_at_one():
    layer = RMSNorm(3)
    check.equal(shapes_of(layer), {"weight": (3,)})
    check.close(layer.weight.detach(), torch.ones(3), hint="So `weight` starts.")


def test_the_mean_is_not_taken_away():
    x = torch.tensor([[7.0, 7.0, 7.0], [-5.0, -5.0, -5.0], [9.0, 12.0, 0.0]])
    expected = torch.tensor([[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0], [1.039230, 1.385641, 0.0]])
    check.close(RMSNorm(3)(x), expected)


@given(
    leading=st.lists(st.integers(1, 4), max_size=3),
    d_model=st.integers(1, 6),
    seed=st.integers(0, 9),
)
def test_agrees_with_the_definition_on_any_leading_axes(leading, d_model, seed):
    weight = check.randn(d_model, seed=seed, dtype=torch.float64)
    layer = load(RMSNorm(d_model), {"weight": weight})
    x = check.randn(*leading, d_model, seed=seed + 10, dtype=torch.float64)
    check.close(layer(x), rms_norm(x, weight), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("eps", [1e-6, 1e-2, 1.0])
def test_eps_stands_inside_the_root(eps):
    x = torch.tensor([[0.001, -0.002, 0.003], [1.0, 2.0, 6.0]])
    check.close(RMSNorm(3, eps)(x), rms_norm(x, torch.ones(3), eps))


def test_eps_is_a_hundred_thousandth_where_nothing_is_said():
    x = torch.tensor([[0.001, -0.002, 0.003]])
    check.close(RMSNorm(3)(x), rms_norm(x, torch.ones(3), 1e-5))


def test_zeros_stay_zeros():
    check.close(RMSNorm(4)(torch.zeros(2, 4)), torch.zeros(2, 4))


def test_squares_too_large_for_float16_do_no_harm():
    layer = RMSNorm(3).half()
    x = torch.tensor([[300.0, -400.0, 0.0], [6e4, 6e4, 6e4]], dtype=torch.float16)
    expected = torch.tensor([[1.039230, -1.385641, 0.0], [1.0, 1.0, 1.0]]).half()
    check.close(layer(x), expected, rtol=4e-3, hint="300² is more than float16 can hold.")


def test_squares_too_small_for_float16_do_no_harm():
    layer = RMSNorm(2, eps=1e-12).half()
    x = torch.tensor([[2e-4, 2e-4], [3.0, 4.0]], dtype=torch.float16)
    expected = torch.tensor([[1.0, 1.0], [0.848528, 1.131371]]).half()
    check.close(layer(x), expected, rtol=4e-3, hint="(2e-4)² is 0 in float16, and so is eps.")


@pytest.mark.parametrize(
    ("ours", "its"),
    [
        (torch.bfloat16, torch.bfloat16),
        (torch.bfloat16, torch.float32),
        (torch.float16, torch.float32),
        (torch.float32, torch.float64),
        (torch.float64, torch.float32),
    ],
    ids=str,
)
def test_the_result_has_the_dtype_of_x_whatever_the_weight_has(ours, its):
    weight = torch.tensor([1.0, -2.0, 3.0], dtype=its)
    layer = load(RMSNorm(3), {"weight": weight})
    x = check.randn(4, 3, seed=1).to(ours)
    expected = rms_norm(x.double(), weight.double()).to(ours)
    half = ours.itemsize == 2
    check.close(layer(x), expected, rtol=2e-2 if half else 1e-4, atol=1e-2 if half else 1e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    x = laid_out(check.randn(2, 3, 4, seed=2), layout)
    check.close(RMSNorm(4)(x), rms_norm(x, torch.ones(4)))


def test_works_on_the_device_of_its_argument():
    x = check.randn(2, 3, 4, seed=3)
    check.close(elsewhere(RMSNorm(4), x), rms_norm(x, torch.ones(4)))


def test_float64_keeps_its_digits():
    weight = check.randn(5, seed=4, dtype=torch.float64)
    layer = load(RMSNorm(5), {"weight": weight})
    x = check.randn(2, 3, 5, seed=5, dtype=torch.float64)
    check.close(layer(x), rms_norm(x, weight), rtol=1e-12, atol=1e-12)


def test_x_and_the_weight_learn():
    state = {"weight": check.randn(5, seed=6, dtype=torch.float64)}
    layer = load(RMSNorm(5), state)
    x = check.randn(2, 3, 5, seed=7, dtype=torch.float64).requires_grad_()
    pick = check.randn(2, 3, 5, seed=8, dtype=torch.float64)
    agree_on_gradients(
        layer,
        state,
        lambda: layer(x) + pick,
        lambda leaves: rms_norm(x, leaves["weight"]) + pick,
        x=x,
    )


def test_leaves_its_input_alone():
    x = torch.tensor([[1.0, 2.0, 3.0, 6.0]])
    RMSNorm(4)(x)
    expected = torch.tensor([[1.0, 2.0, 3.0, 6.0]])
    check.close(x, expected, hint="RMSNorm never writes to its input.")
