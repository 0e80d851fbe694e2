"""MultiHeadAttention attends with several heads, each in its own slice of the width.

pytest tests/m03_multi_head_attention/test_MultiHeadAttention.py
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
from kata.testing.sight import past
from milestones.m03_multi_head_attention import MultiHeadAttention

NAMES = ("q_proj", "k_proj", "v_proj", "o_proj")


def head_by_head(x, state, n_heads, mask=None, context=None):
    """One head at a time, on its own slice of the width, from PyTorch's parts."""

    def project(name, source):
        return F.linear(source, state[f"{name}.weight"], state.get(f"{name}.bias"))

    context = x if context is None else context
    q, k, v = project("q_proj", x), project("k_proj", context), project("v_proj", context)
    shape = (len(x), x.size(1), context.size(1))
    hidden = torch.zeros(shape, dtype=torch.bool) if mask is None else ~mask.expand(shape)
    heads = []
    for one in zip(*(part.chunk(n_heads, -1) for part in (q, k, v)), strict=True):
        scores = one[0] @ one[1].mT / math.sqrt(x.size(-1) // n_heads)
        weights = torch.softmax(scores.masked_fill(hidden, -torch.inf), -1)
        heads.append(weights.masked_fill(hidden, 0) @ one[2])
    return project("o_proj", torch.cat(heads, -1))


def pytorch_layer(d_model, n_heads, state):
    """PyTorch's own layer with the same weights."""
    theirs = nn.MultiheadAttention(d_model, n_heads, batch_first=True)
    packed = {
        f"in_proj_{kind}": torch.cat([state[f"{name}.{kind}"] for name in NAMES[:3]])
        for kind in ("weight", "bias")
    }
    last = {f"out_proj.{kind}": state[f"o_proj.{kind}"] for kind in ("weight", "bias")}
    theirs.load_state_dict(packed | last)
    return theirs


def random_state(d_model, bias=True, dtype=torch.float32):
    parts = {name: nn.Linear(d_model, d_model, bias) for name in NAMES}
    state = check.random_state(nn.ModuleDict(parts).to(dtype), seed=0)
    return {name: value / 2 for name, value in state.items()}


def loaded(d_model, n_heads):
    """A layer of the learner's, and the weights that it was given."""
    layer = MultiHeadAttention(d_model, n_heads)
    state = random_state(d_model)
    layer.load_state_dict(state)
    return layer, state


def test_two_heads_of_width_one_worked_by_hand():
    layer = MultiHeadAttention(d_model=2, n_heads=2)
    state = {f"{name}.bias": torch.zeros(2) for name in NAMES}
    state |= {f"{name}.weight": torch.eye(2) for name in NAMES}
    state["q_proj.weight"] = math.log(3) * torch.eye(2)
    state["o_proj.weight"] = torch.tensor([[0.0, 4.0], [8.0, 0.0]])
    layer.load_state_dict(state)
    x = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    # The heads give 0.75 and 0.5 for the first position, 0.5 and 0.75 for the second.
    check.close(layer(x), torch.tensor([[[2.0, 6.0], [3.0, 4.0]]]))


def test_parameters_are_four_square_projections():
    layer = MultiHeadAttention(d_model=6, n_heads=2)
    shapes = {name: tuple(p.shape) for name, p in layer.named_parameters()}
    expected = {f"{name}.weight": (6, 6) for name in NAMES}
    expected |= {f"{name}.bias": (6,) for name in NAMES}
    check.equal(dict(sorted(shapes.items())), dict(sorted(expected.items())))


def test_it_keeps_the_number_of_its_heads():
    check.equal(MultiHeadAttention(d_model=6, n_heads=3).n_heads, 3)


def test_without_bias_no_projection_has_one():
    layer = MultiHeadAttention(6, 2, bias=False)
    names = sorted(name for name, _ in layer.named_parameters())
    check.equal(names, sorted(f"{name}.weight" for name in NAMES))
    state = random_state(6, bias=False)
    layer.load_state_dict(state)
    x = check.randn(3, 4, 6, seed=1)
    check.close(layer(x), head_by_head(x, state, 2))


@pytest.mark.parametrize(("d_model", "n_heads"), [(10, 4), (9, 2), (4, 8)])
def test_a_width_that_does_not_divide_is_an_error_at_construction(d_model, n_heads):
    check.raises(ValueError, MultiHeadAttention, d_model, n_heads, names=(d_model, n_heads))


def test_agrees_with_pytorchs_own_layer():
    layer, state = loaded(6, 2)
    x = check.randn(3, 5, 6, seed=2)
    expected, _ = pytorch_layer(6, 2, state)(x, x, x)
    check.close(layer(x), expected)


@given(
    sizes=st.tuples(*[st.integers(1, 4)] * 2),
    heads=st.tuples(*[st.integers(1, 3)] * 2),
    seed=st.integers(0, 9),
)
def test_agrees_with_one_head_at_a_time_on_any_size(sizes, heads, seed):
    (batch, seq), (n_heads, d_head) = sizes, heads
    layer = MultiHeadAttention(n_heads * d_head, n_heads).double()
    state = random_state(n_heads * d_head, dtype=torch.float64)
    layer.load_state_dict(state)
    x = check.randn(batch, seq, n_heads * d_head, seed=seed, dtype=torch.float64)
    check.close(layer(x), head_by_head(x, state, n_heads))


def test_scores_are_divided_by_the_root_of_the_width_of_a_head():
    layer, state = loaded(32, 2)
    x = check.randn(1, 3, 32, seed=3) / 4
    check.close(layer(x), head_by_head(x, state, 2))


def test_as_many_positions_as_heads_are_not_mixed_up_with_them():
    layer, state = loaded(6, 3)
    x = check.randn(2, 3, 6, seed=4)
    check.close(layer(x), head_by_head(x, state, 3))


@pytest.mark.parametrize("head", [0, 1, 2])
def test_each_head_asks_for_itself(head):
    layer, state = loaded(6, 3)
    state |= {"o_proj.weight": torch.eye(6), "o_proj.bias": torch.zeros(6)}
    state["q_proj.weight"][2 * head : 2 * head + 2] *= -2  # changes what this head asks alone
    layer.load_state_dict(state)
    x = check.randn(2, 4, 6, seed=5)
    check.close(layer(x), head_by_head(x, state, 3))


def test_a_mask_says_who_may_look_at_whom():
    layer, state = loaded(6, 2)
    x = check.randn(1, 3, 6, seed=6)
    mask = torch.tensor([[True, False, False], [True, True, False], [False, True, True]])
    check.close(layer(x, mask), head_by_head(x, state, 2, mask))


def test_agrees_with_pytorchs_own_layer_under_a_causal_mask():
    layer, state = loaded(6, 2)
    x = check.randn(3, 5, 6, seed=7)
    mask = torch.ones(5, 5, dtype=torch.bool).tril()
    expected, _ = pytorch_layer(6, 2, state)(x, x, x, attn_mask=~mask)  # theirs is True for hidden
    check.close(layer(x, mask), expected)


def test_under_a_causal_mask_no_position_sees_a_later_one_or_another_text():
    layer, _ = loaded(6, 2)
    mask = torch.ones(4, 4, dtype=torch.bool).tril()
    x = check.randn(2, 4, 6, seed=18, dtype=torch.float64)
    check.sees(lambda x: layer.double()(x, mask), x, past(batch=2, seq=4))


@pytest.mark.parametrize(
    "shape",
    [(), (4,), (1, 4), (4, 1), (4, 4), (1, 4, 4), (3, 1, 4), (3, 4, 1), (3, 1, 1), (3, 4, 4)],
)
def test_a_mask_broadcasts_over_batch_query_and_key(shape):
    layer, state = loaded(6, 2)
    x = check.randn(3, 4, 6, seed=8)
    mask = check.randint(3, *shape, seed=9) > 0
    check.close(layer(x, mask), head_by_head(x, state, 2, mask))


@pytest.mark.parametrize("shape", [(2, 1, 4), (2, 4, 4)])
def test_a_batch_as_large_as_the_number_of_heads_keeps_its_masks_apart(shape):
    layer, state = loaded(6, 2)
    x = check.randn(2, 4, 6, seed=10)
    mask = check.randint(3, *shape, seed=11) > 0
    check.close(
        layer(x, mask), head_by_head(x, state, 2, mask), hint="Every head gets the same mask."
    )


def test_a_query_that_may_see_nothing_gets_only_the_last_bias():
    layer, state = loaded(6, 2)
    x = check.randn(3, 4, 6, seed=12)
    mask = torch.tensor([True, False, True]).reshape(3, 1, 1)
    out = layer(x, mask)
    check.close(out, head_by_head(x, state, 2, mask))
    check.close(out[1], state["o_proj.bias"].expand(4, 6))


def test_keys_and_values_come_from_the_context():
    layer, state = loaded(6, 2)
    x, context = check.randn(3, 4, 6, seed=13), check.randn(3, 5, 6, seed=14)
    check.close(layer(x, context=context), head_by_head(x, state, 2, context=context))


def test_a_context_as_long_as_the_queries_is_still_another_one():
    layer, state = loaded(6, 2)
    x, context = check.randn(3, 4, 6, seed=15), check.randn(3, 4, 6, seed=16)
    check.close(layer(x, context=context), head_by_head(x, state, 2, context=context))


def test_agrees_with_pytorchs_own_layer_on_a_context():
    layer, state = loaded(6, 2)
    x, context = check.randn(3, 4, 6, seed=17), check.randn(3, 5, 6, seed=18)
    expected, _ = pytorch_layer(6, 2, state)(x, context, context)
    check.close(layer(x, context=context), expected)


@pytest.mark.parametrize("shape", [(), (5,), (4, 1), (4, 5), (3, 1, 5), (3, 4, 5)])
def test_a_mask_broadcasts_over_the_keys_of_the_context(shape):
    layer, state = loaded(6, 2)
    x, context = check.randn(3, 4, 6, seed=19), check.randn(3, 5, 6, seed=20)
    mask = check.randint(3, *shape, seed=21) > 0
    check.close(layer(x, mask, context), head_by_head(x, state, 2, mask, context))


@given(
    sizes=st.tuples(*[st.integers(1, 4)] * 3),
    heads=st.tuples(*[st.integers(1, 3)] * 2),
    seed=st.integers(0, 9),
)
def test_agrees_with_one_head_at_a_time_with_any_mask_and_context(sizes, heads, seed):
    (batch, query, key), (n_heads, d_head) = sizes, heads
    layer = MultiHeadAttention(n_heads * d_head, n_heads).double()
    state = random_state(n_heads * d_head, dtype=torch.float64)
    layer.load_state_dict(state)
    x = check.randn(batch, query, n_heads * d_head, seed=seed, dtype=torch.float64)
    context = check.randn(batch, key, n_heads * d_head, seed=seed + 10, dtype=torch.float64)
    mask = check.randint(3, batch, query, key, seed=seed) > 0
    check.close(layer(x, mask, context), head_by_head(x, state, n_heads, mask, context))


@given(order=st.permutations(range(4)))
def test_other_order_of_the_words_same_vectors_in_that_order(order):
    layer, state = loaded(6, 2)
    x = check.randn(2, 4, 6, seed=22)
    check.close(layer(x[:, order]), head_by_head(x, state, 2)[:, order])


@given(order=st.permutations(range(4)))
def test_the_order_of_the_context_does_not_matter(order):
    layer, state = loaded(6, 2)
    x, context = check.randn(2, 3, 6, seed=23), check.randn(2, 4, 6, seed=24)
    check.close(layer(x, context=context[:, order]), head_by_head(x, state, 2, context=context))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    layer, state = loaded(6, 2)
    x = laid_out(check.randn(3, 4, 6, seed=25), layout)
    context = laid_out(check.randn(3, 5, 6, seed=26), layout)
    mask = laid_out(check.randint(3, 3, 4, 5, seed=32) > 0, layout)
    check.close(layer(x, mask, context), head_by_head(x, state, 2, mask, context))


@pytest.mark.parametrize("masked", [False, True])
def test_works_on_the_device_of_its_parameters(masked):
    layer, state = loaded(6, 2)
    x, context = check.randn(3, 4, 6, seed=33), check.randn(3, 5, 6, seed=34)
    mask = check.randint(3, 4, 5, seed=35) > 0 if masked else None
    out = elsewhere(layer, x, mask, context)
    check.close(out, head_by_head(x, state, 2, mask, context))


def test_float64_is_float64_throughout():
    layer = MultiHeadAttention(6, 2).double()
    state = random_state(6, dtype=torch.float64)
    state["q_proj.weight"] *= 1e20
    state["k_proj.weight"] *= 1e20  # the scores are too large for float32
    layer.load_state_dict(state)
    x = check.randn(3, 4, 6, seed=36, dtype=torch.float64)
    check.close(layer(x), head_by_head(x, state, 2))


@pytest.mark.parametrize("masked", [False, True])
def test_large_scores_stay_finite(masked):
    layer = MultiHeadAttention(6, 2)
    state = random_state(6)
    state["q_proj.weight"] *= 1e5
    layer.load_state_dict(state)
    x = check.randn(1, 4, 6, seed=37)
    mask = torch.ones(4, 4, dtype=torch.bool).tril() if masked else None
    check.close(layer(x, mask), head_by_head(x, state, 2, mask))


@pytest.mark.parametrize("case", ["itself", "masked", "context"])
def test_every_parameter_and_the_inputs_learn(case):
    layer = MultiHeadAttention(6, 2).double()
    state = random_state(6, dtype=torch.float64)
    layer.load_state_dict(state)
    x = check.randn(3, 4, 6, seed=27, dtype=torch.float64).requires_grad_()
    other = check.randn(3, 5, 6, seed=28, dtype=torch.float64).requires_grad_()
    context = other if case == "context" else None
    mask = torch.ones(4, 4).tril(-1).bool() if case == "masked" else None  # the first sees nothing
    leaves = {name: value.clone().requires_grad_() for name, value in state.items()}
    inputs = {"x": x} if context is None else {"x": x, "context": context}
    right = head_by_head(x, leaves, 2, mask, context).square().sum()
    expected = torch.autograd.grad(right, [*inputs.values(), *leaves.values()])
    layer(x, mask, context).square().sum().backward()
    found = inputs | {name: layer.get_parameter(name) for name in leaves}
    check.equal([n for n in found if found[n].grad is None], [], hint="These get no gradient.")
    for name, gradient in zip(found, expected, strict=True):
        check.close(found[name].grad, gradient, hint=f"The gradient of {name}.")


@pytest.mark.parametrize("argument", ["x", "mask", "context"])
def test_leaves_its_arguments_alone(argument):
    layer, _ = loaded(6, 2)
    arguments = {
        "x": check.randn(3, 4, 6, seed=29),
        "mask": check.randint(3, 4, 5, seed=30) > 0,
        "context": check.randn(3, 5, 6, seed=31),
    }
    before = arguments[argument].clone()
    layer(**arguments)
    check.close(arguments[argument], before, hint=f"A forward never writes to {argument}.")
