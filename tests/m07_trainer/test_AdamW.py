"""AdamW agrees with PyTorch's, step for step.

pytest tests/m07_trainer/test_AdamW.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m07_trainer import AdamW

SHAPES = [(3, 4), (5,), (), (3, 4), (0, 2)]


def numbers(shapes=SHAPES, dtype=torch.float64):
    return [
        nn.Parameter(check.randn(*shape, seed=i, dtype=dtype)) for i, shape in enumerate(shapes)
    ]


def gradients(step, shapes=SHAPES, dtype=torch.float64):
    return [check.randn(*shape, seed=10 * step + i, dtype=dtype) for i, shape in enumerate(shapes)]


def run(kind, steps, params, **options):
    """The parameters after so many steps with gradients that depend on step and place alone."""
    optimizer = kind(params, **options)
    for step in range(1, steps + 1):
        for p, grad in zip(params, gradients(step, [p.shape for p in params]), strict=True):
            p.grad = grad.to(p.dtype)
        optimizer.step()
    return torch.cat([p.detach().flatten() for p in params])


def one_number(steps, grad, **options):
    """The number 1 after so many steps with the same gradient."""
    p = nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
    optimizer = AdamW([p], **options)
    for _ in range(steps):
        p.grad = torch.tensor([grad], dtype=torch.float64)
        optimizer.step()
    return p.detach()


def test_the_first_step_worked_by_hand():
    moved = one_number(1, grad=2.0, lr=0.1, weight_decay=0.0)
    check.close(moved, torch.tensor([0.9], dtype=torch.float64))


def test_weight_decay_without_a_slope_worked_by_hand():
    decayed = one_number(2, grad=0.0, lr=0.1, weight_decay=0.5)
    check.close(decayed, torch.tensor([0.95**2], dtype=torch.float64))


def test_a_number_large_beside_eps_moves_by_lr_whatever_its_gradient():
    moved = torch.cat([one_number(3, grad, lr=0.1, weight_decay=0.0) for grad in (1e-3, 7.0, -50)])
    check.close(moved, torch.tensor([0.7, 0.7, 1.3], dtype=torch.float64), rtol=1e-3)


@given(
    steps=st.integers(1, 6),
    lr=st.sampled_from([0.3, 0.01]),
    betas=st.tuples(st.sampled_from([0.0, 0.5, 0.9]), st.sampled_from([0.8, 0.999])),
    eps=st.sampled_from([0.5, 1e-8]),
    weight_decay=st.sampled_from([0.0, 0.4]),
)
def test_agrees_with_pytorch_after_any_number_of_steps(steps, lr, betas, eps, weight_decay):
    options = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay}
    expected = run(torch.optim.AdamW, steps, numbers(), **options)
    check.close(run(AdamW, steps, numbers(), **options), expected, rtol=1e-12, atol=1e-12)


def test_its_defaults_are_pytorchs():
    expected = run(torch.optim.AdamW, 4, numbers())
    check.close(run(AdamW, 4, numbers()), expected, rtol=1e-9, atol=1e-11)


def test_eps_matters_where_gradients_are_tiny():
    def tiny(kind):
        p = nn.Parameter(torch.tensor([1.0], dtype=torch.float64))
        optimizer = kind([p], lr=0.1, weight_decay=0.0)
        for _ in range(3):
            p.grad = torch.tensor([1e-9], dtype=torch.float64)
            optimizer.step()
        return p

    check.close(tiny(AdamW), tiny(torch.optim.AdamW))


def groups_of(params):
    return [
        {"params": params[:1], "lr": 0.2, "eps": 0.3},
        {"params": params[1:], "betas": (0.5, 0.7), "weight_decay": 0.6},
    ]


def test_every_group_has_its_own_numbers():
    theirs, mine = numbers(), numbers()
    optimizers = torch.optim.AdamW(groups_of(theirs), lr=0.05), AdamW(groups_of(mine), lr=0.05)
    for step in range(3):
        for optimizer, params in zip(optimizers, (theirs, mine), strict=True):
            for p, grad in zip(params, gradients(step), strict=True):
                p.grad = grad
            optimizer.step()
    for theirs_one, mine_one in zip(theirs, mine, strict=True):
        check.close(mine_one, theirs_one)


def test_a_learning_rate_can_be_changed_between_steps():
    def scheduled(kind):
        (p,) = params = numbers([(4,)])
        optimizer = kind(params, lr=0.5)
        for step, lr in enumerate([0.1, 0.4, 0.01]):
            optimizer.param_groups[0]["lr"] = lr
            p.grad = gradients(step, [(4,)])[0]
            optimizer.step()
        return p

    check.close(scheduled(AdamW), scheduled(torch.optim.AdamW))


def sometimes(kind):
    """Two parameters; the first has no gradient in the first two steps and in the fourth."""
    params = numbers([(3,), (2,)])
    optimizer = kind(params, lr=0.1, weight_decay=0.5)
    for step in range(5):
        params[0].grad, params[1].grad = gradients(step, [(3,), (2,)])
        if step in (0, 1, 3):
            params[0].grad = None
        optimizer.step()
        yield torch.cat(params).detach()


def test_a_parameter_without_a_gradient_is_left_alone():
    first, *_ = sometimes(AdamW)
    check.close(first[:3], numbers([(3,), (2,)])[0])


def test_a_parameter_counts_its_own_steps():
    theirs = torch.stack(list(sometimes(torch.optim.AdamW)))
    check.close(torch.stack(list(sometimes(AdamW))), theirs)


@pytest.mark.parametrize("as_", [list, iter, lambda params: [{"params": params}]])
def test_takes_parameters_as_pytorch_does(as_):
    def once(kind):
        params = numbers([(2, 3), (4,)])
        optimizer = kind(as_(params), lr=0.1)
        for p, grad in zip(params, gradients(1, [(2, 3), (4,)]), strict=True):
            p.grad = grad
        optimizer.step()
        return torch.cat([p.detach().flatten() for p in params])

    check.close(once(AdamW), once(torch.optim.AdamW))


def test_is_an_optimizer_of_pytorchs_kind():
    params = numbers()
    optimizer = AdamW(params)
    check.equal(isinstance(optimizer, torch.optim.Optimizer), True)
    check.equal(len(optimizer.param_groups[0]["params"]), 5)
    params[0].grad = gradients(1)[0]
    optimizer.zero_grad()
    check.equal(params[0].grad, None)


def test_another_one_goes_on_from_its_state_dict():
    params = numbers()
    optimizer = AdamW(params, lr=0.1, weight_decay=0.3)
    for step in range(6):
        if step == 3:
            state = optimizer.state_dict()
            optimizer = AdamW(params, lr=0.7)
            optimizer.load_state_dict(state)
        for p, grad in zip(params, gradients(step), strict=True):
            p.grad = grad
        optimizer.step()
    theirs = numbers()
    other = torch.optim.AdamW(theirs, lr=0.1, weight_decay=0.3)
    for step in range(6):
        for p, grad in zip(theirs, gradients(step), strict=True):
            p.grad = grad
        other.step()
    for mine_one, theirs_one in zip(params, theirs, strict=True):
        check.close(mine_one, theirs_one)


def test_works_in_float32():
    params = numbers(dtype=torch.float32)
    expected = run(torch.optim.AdamW, 4, numbers(dtype=torch.float32), lr=0.1, weight_decay=0.5)
    check.close(run(AdamW, 4, params, lr=0.1, weight_decay=0.5), expected)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    def stored(kind):
        p = nn.Parameter(laid_out(check.randn(3, 5, seed=0), layout))
        optimizer = kind([p], lr=0.1, weight_decay=0.5)
        for step in range(4):
            p.grad = laid_out(check.randn(3, 5, seed=10 + step), layout)
            optimizer.step()
        return p

    check.close(stored(AdamW), stored(torch.optim.AdamW))


def test_works_on_the_device_of_its_parameters():
    def two_steps(p, *grads):
        optimizer = AdamW([p], lr=0.1, weight_decay=0.5)
        for grad in grads:
            p.grad = grad
            optimizer.step()
        return p.detach()

    shapes = [(3, 4)]
    (p,), grads = numbers(shapes), [gradients(step, shapes)[0] for step in (1, 2)]
    expected = run(torch.optim.AdamW, 2, numbers(shapes), lr=0.1, weight_decay=0.5)
    check.close(elsewhere(two_steps, p, *grads), expected.view(3, 4))


def test_leaves_the_gradients_alone():
    (p,) = params = numbers([(4,)])
    optimizer = AdamW(params, lr=0.1, weight_decay=0.5)
    p.grad = gradients(1, [(4,)])[0]
    optimizer.step()
    check.close(p.grad, gradients(1, [(4,)])[0])


def test_the_parameters_stay_leaves_that_learn():
    (p,) = params = numbers([(4,)])
    optimizer = AdamW(params, lr=0.1)
    for _ in range(2):
        optimizer.zero_grad()
        (p * p).sum().backward()
        optimizer.step()
    check.equal((p.is_leaf, p.requires_grad), (True, True))
