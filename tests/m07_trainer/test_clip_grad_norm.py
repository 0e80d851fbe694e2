"""clip_grad_norm shortens all gradients together.

pytest tests/m07_trainer/test_clip_grad_norm.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m07_trainer import clip_grad_norm


def with_gradients(*grads):
    """One parameter for each gradient, a tensor or a list; None is a parameter without."""
    tensors = [None if grad is None else torch.as_tensor(grad) for grad in grads]
    params = [
        nn.Parameter(torch.ones(3) if g is None else torch.full_like(g, 0.25)) for g in tensors
    ]
    for p, grad in zip(params, tensors, strict=True):
        p.grad = grad
    return params


def all_gradients(params):
    return torch.cat([p.grad.flatten() for p in params if p.grad is not None])


def test_three_and_four_worked_by_hand():
    params = with_gradients([3.0], [4.0])
    check.close(clip_grad_norm(params, 1.0), 5.0)
    check.close(all_gradients(params), torch.tensor([0.6, 0.8]))


def test_what_is_short_enough_is_left_alone():
    params = with_gradients([0.3, 0.0], [-0.4])
    check.close(clip_grad_norm(params, 1.0), 0.5)
    check.close(all_gradients(params), torch.tensor([0.3, 0.0, -0.4]), rtol=1e-6, atol=0.0)


def test_parameters_without_a_gradient_are_skipped():
    params = with_gradients(None, [3.0, 0.0], None, [0.0, 4.0])
    check.close(clip_grad_norm(params, 2.5), 5.0)
    check.close(all_gradients(params), torch.tensor([1.5, 0.0, 0.0, 2.0]))
    check.equal([p.grad is None for p in params], [True, False, True, False])


def test_where_there_is_no_gradient_the_norm_is_zero():
    check.close(clip_grad_norm(with_gradients(None, None), 1.0), 0.0)


@pytest.mark.parametrize("max_norm", [1.0, 0.0])
def test_gradients_of_zero_stay_zero(max_norm):
    params = with_gradients([0.0, 0.0], [0.0])
    check.close(clip_grad_norm(params, max_norm), 0.0)
    check.close(all_gradients(params), torch.zeros(3))


def test_an_iterator_is_enough():
    params = with_gradients([3.0], [4.0])
    check.close(clip_grad_norm(iter(params), 1.0), 5.0)
    check.close(all_gradients(params), torch.tensor([0.6, 0.8]))


@given(
    sizes=st.lists(st.integers(1, 5), min_size=1, max_size=4),
    scale=st.sampled_from([0.01, 1.0, 300.0]),
    max_norm=st.sampled_from([0.1, 1.0, 5.0]),
    seed=st.integers(0, 9),
)
def test_agrees_with_pytorch(sizes, scale, max_norm, seed):
    mine, theirs = (
        with_gradients(*(scale * check.randn(size, 2, seed=10 * seed + size) for size in sizes))
        for _ in range(2)
    )
    expected = torch.nn.utils.clip_grad_norm_(theirs, max_norm).item()
    check.close(clip_grad_norm(mine, max_norm), expected)
    check.close(all_gradients(mine), all_gradients(theirs))


def test_the_gradients_are_written_in_place():
    params = with_gradients([3.0], [4.0])
    views = [p.grad for p in params]
    clip_grad_norm(params, 1.0)
    check.close(torch.cat(views), torch.tensor([0.6, 0.8]))


def test_the_parameters_themselves_are_left_alone():
    params = with_gradients([3.0], [4.0])
    clip_grad_norm(params, 1.0)
    check.close(torch.cat(params), torch.tensor([0.25, 0.25]))


@pytest.mark.parametrize("bad", [math.inf, math.nan])
def test_a_gradient_that_is_not_finite_is_not_hidden(bad):
    params = with_gradients([3.0], [bad, 1.0])
    norm = clip_grad_norm(params, 1.0)
    check.equal((type(norm), math.isfinite(norm)), (float, False))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_gradient_in_memory_does_not_matter(layout):
    grads = [check.randn(3, 4, seed=1), check.randn(5, 2, seed=2)]
    params = with_gradients(*(laid_out(grad, layout) for grad in grads))
    flat = torch.cat([grad.flatten() for grad in grads])
    norm = flat.square().sum().sqrt()
    check.close(clip_grad_norm(params, 0.5), norm.item())
    check.close(all_gradients(params), flat * 0.5 / norm)


def test_works_on_the_device_of_the_gradients():
    def clipped(*grads):
        params = with_gradients(*grads)
        return clip_grad_norm(params, 1.0), all_gradients(params)

    norm, after = elsewhere(clipped, torch.tensor([3.0]), torch.tensor([4.0, 0.0]))
    check.close(norm, 5.0)
    check.close(after, torch.tensor([0.6, 0.8, 0.0]))


def test_in_float64_norm_and_direction_are_as_exact():
    before = torch.tensor([3.0, 4.0 + 1e-9], dtype=torch.float64)  # in float32 just 3 and 4
    params = with_gradients(*before.clone().split(1))
    exact = {"rtol": 1e-12, "atol": 1e-12, "hint": "They differ in the tenth digit: float32?"}
    check.close(clip_grad_norm(params, 2.5), 5 + 0.8e-9, **exact)
    after = all_gradients(params)
    check.close(after / after.square().sum().sqrt(), before / (5 + 0.8e-9), **exact)


def test_a_gradient_without_numbers_has_the_norm_zero():
    params = with_gradients([], [3.0], [4.0])
    check.close(clip_grad_norm(params, 1.0), 5.0)
    check.close(all_gradients(params), torch.tensor([0.6, 0.8]))


def test_without_a_limit_nothing_changes():
    params = with_gradients([30.0], [-40.0])
    check.close(clip_grad_norm(params, math.inf), 50.0)
    check.close(all_gradients(params), torch.tensor([30.0, -40.0]))
