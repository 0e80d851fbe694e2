"""AlibiAttention takes off each score what its key's distance costs in that head.

pytest tests/m09_positions/test_AlibiAttention.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from kata.testing.sight import past
from milestones.m09_positions import AlibiAttention
from tests.m09_positions.oracle import NAMES, attend, dot, random_state

SLOPES = {1: (2**-8,), 2: (2**-4, 2**-8), 3: (2**-4, 2**-8, 2**-2), 4: (2**-2, 2**-4, 2**-6, 2**-8)}


def one_query_at_a_time(x, state, n_heads, mask=None):
    def scores(q, k, i, h):
        return dot(q, k) - SLOPES[n_heads][h] * (torch.arange(k.size(1)) - i).abs()

    return attend(x, state, n_heads, scores, mask)


def loaded(d_model, n_heads, dtype=torch.float32):
    """A layer of the learner's, and the weights that it was given."""
    layer = AlibiAttention(d_model, n_heads).to(dtype)
    state = random_state(d_model, dtype=dtype)
    layer.load_state_dict(state)
    return layer, state


def test_two_heads_and_far_away_keys_worked_by_hand():
    layer = AlibiAttention(d_model=2, n_heads=2)
    state = {f"{name}.weight": torch.zeros(2, 2) for name in NAMES}
    state |= {f"{name}.bias": torch.zeros(2) for name in NAMES}
    state |= {"v_proj.weight": torch.eye(2), "o_proj.weight": 4 * torch.eye(2)}
    layer.load_state_dict(state)
    x = torch.zeros(1, 17, 2)
    x[0, 16] = 1.0
    # From place 0, what stands at 16 costs 16/16 in head 0, and 16/256 in head 1.
    steep = math.exp(-1) / sum(math.exp(-j / 16) for j in range(17))
    gentle = math.exp(-1 / 16) / sum(math.exp(-j / 256) for j in range(17))
    check.close(layer(x)[0, 0], 4 * torch.tensor([steep, gentle]))


def test_parameters_are_four_square_projections():
    layer = AlibiAttention(d_model=8, n_heads=2)
    shapes = {name: tuple(p.shape) for name, p in layer.named_parameters()}
    expected = {f"{name}.weight": (8, 8) for name in NAMES}
    expected |= {f"{name}.bias": (8,) for name in NAMES}
    check.equal(dict(sorted(shapes.items())), dict(sorted(expected.items())))


def test_it_keeps_the_number_of_its_heads():
    check.equal(AlibiAttention(d_model=6, n_heads=3).n_heads, 3)


def test_without_bias_no_projection_has_one():
    layer = AlibiAttention(8, 2, bias=False)
    names = sorted(name for name, _ in layer.named_parameters())
    state = random_state(8, bias=False)
    check.equal(names, sorted(state))
    layer.load_state_dict(state)
    x = check.randn(3, 4, 8, seed=1)
    check.close(layer(x), one_query_at_a_time(x, state, 2))


@pytest.mark.parametrize(("d_model", "n_heads"), [(10, 4), (9, 2), (4, 8)])
def test_a_width_that_does_not_divide_is_an_error_at_construction(d_model, n_heads):
    check.raises(ValueError, AlibiAttention, d_model, n_heads, names=(d_model, n_heads))


def test_at_a_single_place_it_hands_over_the_value():
    layer, state = loaded(8, 2)
    x = check.randn(3, 1, 8, seed=21)
    value = F.linear(x, state["v_proj.weight"], state["v_proj.bias"])
    check.close(layer(x), F.linear(value, state["o_proj.weight"], state["o_proj.bias"]))


@pytest.mark.parametrize("n_heads", [1, 3, 4])
def test_each_head_has_its_own_slope(n_heads):
    layer, state = loaded(12, n_heads)
    x = check.randn(2, 9, 12, seed=22) / 2
    check.close(layer(x), one_query_at_a_time(x, state, n_heads))


def test_a_later_key_costs_as_much_as_an_earlier_one():
    layer, state = loaded(8, 2)
    x = check.randn(1, 12, 8, seed=23) / 4
    check.close(layer(x), one_query_at_a_time(x, state, 2))


def test_the_bias_is_not_divided_by_the_root_of_the_width():
    layer, state = loaded(32, 2)
    x = check.randn(1, 9, 32, seed=24) / 8
    check.close(layer(x), one_query_at_a_time(x, state, 2))


def test_a_hidden_beginning_changes_nothing():
    layer, state = loaded(8, 2)
    x = check.randn(1, 7, 8, seed=20)
    mask = torch.arange(7) >= 3  # as if the text began at place 3
    later = layer(x, mask)[:, 3:]
    expected = one_query_at_a_time(x[:, 3:], state, 2)
    check.close(later, expected, hint="The distances are the same, wherever the text begins.")


@given(
    sizes=st.tuples(*[st.integers(1, 5)] * 2),
    heads=st.tuples(*[st.integers(1, 3)] * 2),
    seed=st.integers(0, 9),
)
def test_agrees_with_one_query_at_a_time_on_any_size(sizes, heads, seed):
    (batch, seq), (n_heads, d_head) = sizes, heads
    layer, state = loaded(n_heads * d_head, n_heads, dtype=torch.float64)
    x = check.randn(batch, seq, n_heads * d_head, seed=seed, dtype=torch.float64)
    expected = one_query_at_a_time(x, state, n_heads)
    check.close(layer(x), expected, rtol=1e-10, atol=1e-10)


def test_scores_are_divided_by_the_root_of_the_width_of_a_head():
    layer, state = loaded(32, 2)
    x = check.randn(1, 3, 32, seed=2) / 4
    check.close(layer(x), one_query_at_a_time(x, state, 2))


def test_as_many_positions_as_heads_are_not_mixed_up_with_them():
    layer, state = loaded(12, 3)
    x = check.randn(2, 3, 12, seed=3)
    check.close(layer(x), one_query_at_a_time(x, state, 3))


@pytest.mark.parametrize("shape", [(), (4,), (4, 1), (4, 4), (3, 1, 4), (3, 4, 1), (3, 4, 4)])
def test_a_mask_broadcasts_over_batch_query_and_key(shape):
    layer, state = loaded(8, 2)
    x = check.randn(3, 4, 8, seed=5)
    mask = check.randint(3, *shape, seed=6) > 0
    check.close(layer(x, mask), one_query_at_a_time(x, state, 2, mask=mask))


@pytest.mark.parametrize("shape", [(2, 1, 4), (2, 4, 4)])
def test_a_batch_as_large_as_the_number_of_heads_keeps_its_masks_apart(shape):
    layer, state = loaded(8, 2)
    x = check.randn(2, 4, 8, seed=7)
    mask = check.randint(3, *shape, seed=8) > 0
    expected = one_query_at_a_time(x, state, 2, mask=mask)
    check.close(layer(x, mask), expected, hint="Every head gets the same mask.")


def test_a_query_that_may_see_nothing_gets_only_the_last_bias():
    layer, state = loaded(8, 2)
    x = check.randn(3, 4, 8, seed=9)
    mask = torch.tensor([True, False, True]).reshape(3, 1, 1)
    out = layer(x, mask)
    check.close(out, one_query_at_a_time(x, state, 2, mask=mask))
    check.close(out[1], state["o_proj.bias"].expand(4, 8))


def test_under_a_causal_mask_no_position_sees_a_later_one_or_another_text():
    layer, _ = loaded(8, 2, dtype=torch.float64)
    mask = torch.ones(4, 4, dtype=torch.bool).tril()
    x = check.randn(2, 4, 8, seed=10, dtype=torch.float64)
    check.sees(lambda x: layer(x, mask), x, past(batch=2, seq=4))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    layer, state = loaded(8, 2)
    x = laid_out(check.randn(3, 4, 8, seed=12), layout)
    mask = laid_out(check.randint(3, 3, 4, 4, seed=13) > 0, layout)
    check.close(layer(x, mask), one_query_at_a_time(x, state, 2, mask=mask))


@pytest.mark.parametrize("masked", [False, True])
def test_works_on_the_device_of_its_parameters(masked):
    layer, state = loaded(8, 2)
    x = check.randn(3, 4, 8, seed=14)
    mask = check.randint(3, 4, 4, seed=15) > 0 if masked else None
    out = elsewhere(layer, x, mask)
    check.close(out, one_query_at_a_time(x, state, 2, mask=mask))


@pytest.mark.parametrize("masked", [False, True])
def test_float64_is_float64_throughout(masked):
    layer = AlibiAttention(8, 2).double()
    state = random_state(8, dtype=torch.float64)
    state["q_proj.weight"] *= 1e20
    state["k_proj.weight"] *= 1e20  # the scores are too large for float32
    layer.load_state_dict(state)
    x = check.randn(1, 4, 8, seed=16, dtype=torch.float64)
    mask = torch.ones(4, 4, dtype=torch.bool).tril() if masked else None
    check.close(layer(x, mask), one_query_at_a_time(x, state, 2, mask=mask))


def test_half_precision_stays_half_precision():
    layer, state = loaded(8, 2)
    x = check.randn(3, 4, 8, seed=25)
    out = layer.bfloat16()(x.bfloat16())
    check.equal(out.dtype, torch.bfloat16)
    check.close(out.float(), one_query_at_a_time(x, state, 2), rtol=0.05, atol=0.1)


@pytest.mark.parametrize("masked", [False, True])
def test_every_parameter_and_the_input_learn(masked):
    layer, state = loaded(8, 2, dtype=torch.float64)
    x = check.randn(3, 4, 8, seed=17, dtype=torch.float64).requires_grad_()
    mask = torch.ones(4, 4).tril(-1).bool() if masked else None  # the first sees nothing
    leaves = {name: value.clone().requires_grad_() for name, value in state.items()}
    right = one_query_at_a_time(x, leaves, 2, mask=mask).square().sum()
    expected = torch.autograd.grad(right, [x, *leaves.values()])
    layer(x, mask).square().sum().backward()
    found = {"x": x} | {name: layer.get_parameter(name) for name in leaves}
    check.equal([n for n in found if found[n].grad is None], [], hint="These get no gradient.")
    for name, gradient in zip(found, expected, strict=True):
        check.close(found[name].grad, gradient, hint=f"The gradient of {name}.")


@pytest.mark.parametrize("argument", ["x", "mask"])
def test_leaves_its_arguments_alone(argument):
    layer, _ = loaded(8, 2)
    arguments = {"x": check.randn(3, 4, 8, seed=18), "mask": check.randint(3, 4, 4, seed=19) > 0}
    before = arguments[argument].clone()
    layer(**arguments)
    check.close(arguments[argument], before, hint=f"A forward never writes to {argument}.")
