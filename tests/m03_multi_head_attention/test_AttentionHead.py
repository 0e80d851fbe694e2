"""AttentionHead attends with queries, keys and values of its own.

pytest tests/m03_multi_head_attention/test_AttentionHead.py
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
from milestones.m03_multi_head_attention import AttentionHead


def torch_head(x, state, mask=None):
    """The same head from PyTorch's parts."""
    q, k, v = (
        F.linear(x, state[f"{name}.weight"], state[f"{name}.bias"])
        for name in ("q_proj", "k_proj", "v_proj")
    )
    scores = q @ k.mT / math.sqrt(q.size(-1))
    hidden = torch.zeros_like(scores).bool() if mask is None else ~mask.expand(scores.shape)
    weights = torch.softmax(scores.masked_fill(hidden, -torch.inf), -1)
    return weights.masked_fill(hidden, 0) @ v


def random_state(d_model, d_head, dtype=torch.float32):
    parts = {name: nn.Linear(d_model, d_head) for name in ("q_proj", "k_proj", "v_proj")}
    state = check.random_state(nn.ModuleDict(parts).to(dtype), seed=0)
    return {name: value / 2 for name, value in state.items()}


def test_two_positions_worked_by_hand():
    head = AttentionHead(d_model=2, d_head=1)
    state = {
        "q_proj.weight": torch.tensor([[1.0, 0.0]]),
        "q_proj.bias": torch.tensor([0.0]),
        "k_proj.weight": torch.tensor([[0.0, math.log(3)]]),
        "k_proj.bias": torch.tensor([5.0]),
        "v_proj.weight": torch.tensor([[4.0, 8.0]]),
        "v_proj.bias": torch.tensor([1.0]),
    }
    head.load_state_dict(state)
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    # Queries 1, 0; keys 5, 5 + ln 3; values 5, 9. The first is a quarter of 5, the rest of 9.
    check.close(head(x), torch.tensor([[8.0], [7.0]]))


def test_parameters_are_three_projections():
    head = AttentionHead(d_model=5, d_head=3)
    shapes = {name: tuple(p.shape) for name, p in head.named_parameters()}
    expected = {"k_proj.bias": (3,), "k_proj.weight": (3, 5)}
    expected |= {"q_proj.bias": (3,), "q_proj.weight": (3, 5)}
    expected |= {"v_proj.bias": (3,), "v_proj.weight": (3, 5)}
    check.equal(dict(sorted(shapes.items())), expected)


@given(
    batch=st.lists(st.integers(1, 3), max_size=2),
    sizes=st.tuples(*[st.integers(1, 4)] * 3),
    seed=st.integers(0, 9),
)
def test_agrees_with_pytorch_on_any_leading_axes(batch, sizes, seed):
    seq, d_model, d_head = sizes
    head = AttentionHead(d_model, d_head).double()
    state = random_state(d_model, d_head, torch.float64)
    head.load_state_dict(state)
    x = check.randn(*batch, seq, d_model, seed=seed, dtype=torch.float64)
    check.close(head(x), torch_head(x, state))


def test_scores_are_divided_by_the_root_of_the_width_of_the_head():
    head = AttentionHead(d_model=2, d_head=16)
    state = random_state(2, 16)
    head.load_state_dict(state)
    x = check.randn(3, 5, 2, seed=1)
    check.close(head(x), torch_head(x, state))


def test_a_head_can_be_as_wide_as_the_model():
    head = AttentionHead(d_model=4, d_head=4)
    state = random_state(4, 4)
    head.load_state_dict(state)
    x = check.randn(3, 5, 4, seed=11)
    check.close(head(x), torch_head(x, state))


def test_a_mask_says_who_may_look_at_whom():
    head = AttentionHead(4, 3)
    state = random_state(4, 3)
    head.load_state_dict(state)
    x = check.randn(3, 4, seed=2)
    mask = torch.tensor([[True, False, False], [True, True, False], [False, True, True]])
    check.close(head(x, mask), torch_head(x, state, mask))


@pytest.mark.parametrize("shape", [(), (5,), (5, 5), (2, 1, 1, 5), (2, 1, 5, 5), (3, 5, 1)])
def test_a_mask_broadcasts_to_the_scores(shape):
    head = AttentionHead(4, 3)
    state = random_state(4, 3)
    head.load_state_dict(state)
    x = check.randn(2, 3, 5, 4, seed=3)
    mask = check.randint(3, *shape, seed=4) > 0
    check.close(head(x, mask), torch_head(x, state, mask))


def test_a_position_that_may_see_nothing_gets_zeros():
    head = AttentionHead(4, 3)
    state = random_state(4, 3)
    head.load_state_dict(state)
    x = check.randn(2, 2, 4, seed=5)
    mask = torch.tensor([[[True, True]], [[False, False]]])  # the second row is all padding
    check.close(head(x, mask), torch_head(x, state, mask))


@given(order=st.permutations(range(4)))
def test_other_order_of_the_words_same_vectors_in_that_order(order):
    head = AttentionHead(3, 2)
    state = random_state(3, 2)
    head.load_state_dict(state)
    x = check.randn(2, 4, 3, seed=6)
    check.close(head(x[:, order]), torch_head(x, state)[:, order])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    head = AttentionHead(4, 3)
    state = random_state(4, 3)
    head.load_state_dict(state)
    x = laid_out(check.randn(2, 3, 5, 4, seed=7), layout)
    mask = laid_out(check.randint(3, 2, 3, 5, 5, seed=12) > 0, layout)
    check.close(head(x, mask), torch_head(x, state, mask))


@pytest.mark.parametrize("masked", [False, True])
def test_works_on_the_device_of_its_parameters(masked):
    head = AttentionHead(4, 3)
    state = random_state(4, 3)
    head.load_state_dict(state)
    x = check.randn(5, 4, seed=13)
    mask = check.randint(3, 5, 5, seed=14) > 0 if masked else None
    check.close(elsewhere(head, x, mask), torch_head(x, state, mask))


def test_float64_is_float64_throughout():
    head = AttentionHead(4, 3).double()
    state = random_state(4, 3, torch.float64)
    state["q_proj.weight"] *= 1e20
    state["k_proj.weight"] *= 1e20  # the scores are too large for float32
    head.load_state_dict(state)
    x = check.randn(5, 4, seed=15, dtype=torch.float64)
    check.close(head(x), torch_head(x, state))


@pytest.mark.parametrize("masked", [False, True])
def test_large_scores_stay_finite(masked):
    head = AttentionHead(4, 3)
    state = random_state(4, 3)
    state["q_proj.weight"] *= 1e5
    head.load_state_dict(state)
    x = check.randn(5, 4, seed=16)
    mask = torch.ones(5, 5, dtype=torch.bool).tril() if masked else None
    check.close(head(x, mask), torch_head(x, state, mask))


@pytest.mark.parametrize("masked", [False, True])
def test_every_parameter_and_the_input_learn(masked):
    head = AttentionHead(4, 3).double()
    state = random_state(4, 3, torch.float64)
    head.load_state_dict(state)
    mask = torch.ones(5, 5, dtype=torch.bool).tril(-1) if masked else None  # the first sees nothing
    x = check.randn(2, 5, 4, seed=8, dtype=torch.float64).requires_grad_()
    leaves = {name: value.clone().requires_grad_() for name, value in state.items()}
    wanted = [x, *leaves.values()]
    expected = torch.autograd.grad(torch_head(x, leaves, mask).square().sum(), wanted)
    head(x, mask).square().sum().backward()
    found = {"x": x.grad} | {name: head.get_parameter(name).grad for name in leaves}
    without = [name for name, gradient in found.items() if gradient is None]
    check.equal(without, [], hint="These get no gradient.")
    for (name, gradient), right in zip(found.items(), expected, strict=True):
        check.close(gradient, right, hint=f"The gradient of {name}.")


@pytest.mark.parametrize("argument", ["x", "mask"])
def test_leaves_its_arguments_alone(argument):
    head = AttentionHead(4, 3)
    head.load_state_dict(random_state(4, 3))
    arguments = {"x": check.randn(5, 4, seed=9), "mask": check.randint(3, 5, 5, seed=10) > 0}
    before = arguments[argument].clone()
    head(**arguments)
    check.close(arguments[argument], before, hint=f"A forward never writes to {argument}.")
