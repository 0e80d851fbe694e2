"""RelativeAttention adds to each key a vector for its distance before it meets the query.

pytest tests/m09_positions/test_RelativeAttention.py
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
from milestones.m09_positions import RelativeAttention
from tests.m09_positions import oracle
from tests.m09_positions.oracle import NAMES, attend, dot

TABLE = "distance_embedding.weight"


def one_query_at_a_time(x, state, n_heads, max_distance, mask=None):
    def scores(q, k, i, h):
        clipped = [max(-max_distance, min(max_distance, j - i)) for j in range(k.size(1))]
        a = state[TABLE][[distance + max_distance for distance in clipped]]  # (key, d_head)
        return dot(q, k + a)

    return attend(x, state, n_heads, scores, mask)


def random_state(d_model, n_heads, max_distance, bias=True, dtype=torch.float32):
    table = nn.Embedding(2 * max_distance + 1, d_model // n_heads)
    return oracle.random_state(d_model, bias, dtype, distance_embedding=table)


def loaded(d_model, n_heads, max_distance, dtype=torch.float32):
    """A layer of the learner's, and the weights that it was given."""
    layer = RelativeAttention(d_model, n_heads, max_distance).to(dtype)
    state = random_state(d_model, n_heads, max_distance, dtype=dtype)
    layer.load_state_dict(state)
    return layer, state


def test_two_places_worked_by_hand():
    layer = RelativeAttention(d_model=2, n_heads=1, max_distance=1)
    state = {f"{name}.weight": torch.zeros(2, 2) for name in NAMES}
    state |= {f"{name}.bias": torch.zeros(2) for name in NAMES}
    state |= {"v_proj.weight": torch.eye(2), "o_proj.weight": 4 * torch.eye(2)}
    state["q_proj.bias"] = torch.tensor([math.sqrt(2), 0.0])
    state[TABLE] = math.log(3) * torch.tensor([[0.0, 5.0], [0.0, 7.0], [1.0, 9.0]])
    layer.load_state_dict(state)
    x = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    # Only a key one place later gets a score, ln 3: the first takes 1/4 and 3/4, the second halves.
    check.close(layer(x), torch.tensor([[[1.0, 3.0], [2.0, 2.0]]]))


def test_parameters_are_four_square_projections_and_a_table_for_all_heads():
    layer = RelativeAttention(d_model=8, n_heads=2, max_distance=2)
    shapes = {name: tuple(p.shape) for name, p in layer.named_parameters()}
    expected = {f"{name}.weight": (8, 8) for name in NAMES}
    expected |= {f"{name}.bias": (8,) for name in NAMES}
    expected |= {TABLE: (5, 4)}
    check.equal(dict(sorted(shapes.items())), dict(sorted(expected.items())))


def test_it_keeps_the_number_of_its_heads():
    check.equal(RelativeAttention(d_model=6, n_heads=3, max_distance=2).n_heads, 3)


def test_without_bias_no_projection_has_one():
    layer = RelativeAttention(8, 2, max_distance=2, bias=False)
    names = sorted(name for name, _ in layer.named_parameters())
    state = random_state(8, 2, 2, bias=False)
    check.equal(names, sorted(state))
    layer.load_state_dict(state)
    x = check.randn(3, 4, 8, seed=1)
    check.close(layer(x), one_query_at_a_time(x, state, 2, 2))


@pytest.mark.parametrize(("d_model", "n_heads"), [(10, 4), (9, 2), (4, 8)])
def test_a_width_that_does_not_divide_is_an_error_at_construction(d_model, n_heads):
    check.raises(ValueError, RelativeAttention, d_model, n_heads, 2, names=(d_model, n_heads))


def test_without_distances_it_is_the_attention_of_milestone_3():
    layer, state = loaded(8, 2, 3)
    state[TABLE] = torch.zeros(7, 4)
    layer.load_state_dict(state)
    x = check.randn(3, 5, 8, seed=21)
    projected = (F.linear(x, state[f"{n}.weight"], state[f"{n}.bias"]) for n in NAMES[:3])
    heads = (part.unflatten(-1, (2, 4)).transpose(1, 2) for part in projected)
    out = F.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(start_dim=2)
    check.close(layer(x), F.linear(out, state["o_proj.weight"], state["o_proj.bias"]))


def test_keys_beyond_the_largest_distance_share_its_vector():
    layer, state = loaded(8, 2, 1)
    x = check.randn(2, 6, 8, seed=22)
    check.close(layer(x), one_query_at_a_time(x, state, 2, 1))


def test_a_distance_forward_is_not_the_same_as_one_back():
    layer, state = loaded(8, 2, 3)
    state[TABLE][:3] *= -3  # of the keys before the query
    layer.load_state_dict(state)
    x = check.randn(2, 4, 8, seed=23)
    check.close(layer(x), one_query_at_a_time(x, state, 2, 3))


def test_a_hidden_beginning_changes_nothing():
    layer, state = loaded(8, 2, 2)
    x = check.randn(1, 7, 8, seed=20)
    mask = torch.arange(7) >= 3  # as if the text began at place 3
    later = layer(x, mask)[:, 3:]
    expected = one_query_at_a_time(x[:, 3:], state, 2, 2)
    check.close(later, expected, hint="The distances are the same, wherever the text begins.")


@given(
    sizes=st.tuples(*[st.integers(1, 5)] * 2),
    heads=st.tuples(*[st.integers(1, 3)] * 2),
    max_distance=st.integers(0, 4),
    seed=st.integers(0, 9),
)
def test_agrees_with_one_query_at_a_time_on_any_size(sizes, heads, max_distance, seed):
    (batch, seq), (n_heads, d_head) = sizes, heads
    layer, state = loaded(n_heads * d_head, n_heads, max_distance, dtype=torch.float64)
    x = check.randn(batch, seq, n_heads * d_head, seed=seed, dtype=torch.float64)
    expected = one_query_at_a_time(x, state, n_heads, max_distance)
    check.close(layer(x), expected, rtol=1e-10, atol=1e-10)


def test_scores_are_divided_by_the_root_of_the_width_of_a_head():
    layer, state = loaded(32, 2, 2)
    x = check.randn(1, 3, 32, seed=2) / 4
    check.close(layer(x), one_query_at_a_time(x, state, 2, 2))


def test_as_many_positions_as_heads_are_not_mixed_up_with_them():
    layer, state = loaded(12, 3, 2)
    x = check.randn(2, 3, 12, seed=3)
    check.close(layer(x), one_query_at_a_time(x, state, 3, 2))


@pytest.mark.parametrize("shape", [(), (4,), (4, 1), (4, 4), (3, 1, 4), (3, 4, 1), (3, 4, 4)])
def test_a_mask_broadcasts_over_batch_query_and_key(shape):
    layer, state = loaded(8, 2, 2)
    x = check.randn(3, 4, 8, seed=5)
    mask = check.randint(3, *shape, seed=6) > 0
    check.close(layer(x, mask), one_query_at_a_time(x, state, 2, 2, mask=mask))


@pytest.mark.parametrize("shape", [(2, 1, 4), (2, 4, 4)])
def test_a_batch_as_large_as_the_number_of_heads_keeps_its_masks_apart(shape):
    layer, state = loaded(8, 2, 2)
    x = check.randn(2, 4, 8, seed=7)
    mask = check.randint(3, *shape, seed=8) > 0
    expected = one_query_at_a_time(x, state, 2, 2, mask=mask)
    check.close(layer(x, mask), expected, hint="Every head gets the same mask.")


def test_a_query_that_may_see_nothing_gets_only_the_last_bias():
    layer, state = loaded(8, 2, 2)
    x = check.randn(3, 4, 8, seed=9)
    mask = torch.tensor([True, False, True]).reshape(3, 1, 1)
    out = layer(x, mask)
    check.close(out, one_query_at_a_time(x, state, 2, 2, mask=mask))
    check.close(out[1], state["o_proj.bias"].expand(4, 8))


def test_under_a_causal_mask_no_position_sees_a_later_one_or_another_text():
    layer, _ = loaded(8, 2, 2, dtype=torch.float64)
    mask = torch.ones(4, 4, dtype=torch.bool).tril()
    x = check.randn(2, 4, 8, seed=10, dtype=torch.float64)
    check.sees(lambda x: layer(x, mask), x, past(batch=2, seq=4))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    layer, state = loaded(8, 2, 2)
    x = laid_out(check.randn(3, 4, 8, seed=12), layout)
    mask = laid_out(check.randint(3, 3, 4, 4, seed=13) > 0, layout)
    check.close(layer(x, mask), one_query_at_a_time(x, state, 2, 2, mask=mask))


@pytest.mark.parametrize("masked", [False, True])
def test_works_on_the_device_of_its_parameters(masked):
    layer, state = loaded(8, 2, 2)
    x = check.randn(3, 4, 8, seed=14)
    mask = check.randint(3, 4, 4, seed=15) > 0 if masked else None
    out = elsewhere(layer, x, mask)
    check.close(out, one_query_at_a_time(x, state, 2, 2, mask=mask))


@pytest.mark.parametrize("masked", [False, True])
def test_float64_is_float64_throughout(masked):
    layer = RelativeAttention(8, 2, max_distance=2).double()
    state = random_state(8, 2, 2, dtype=torch.float64)
    state["q_proj.weight"] *= 1e20
    state["k_proj.weight"] *= 1e20  # the scores are too large for float32
    layer.load_state_dict(state)
    x = check.randn(1, 4, 8, seed=16, dtype=torch.float64)
    mask = torch.ones(4, 4, dtype=torch.bool).tril() if masked else None
    check.close(layer(x, mask), one_query_at_a_time(x, state, 2, 2, mask=mask))


@pytest.mark.parametrize("masked", [False, True])
def test_every_parameter_and_the_input_learn(masked):
    layer, state = loaded(8, 2, 2, dtype=torch.float64)
    x = check.randn(3, 4, 8, seed=17, dtype=torch.float64).requires_grad_()
    mask = torch.ones(4, 4).tril(-1).bool() if masked else None  # the first sees nothing
    leaves = {name: value.clone().requires_grad_() for name, value in state.items()}
    right = one_query_at_a_time(x, leaves, 2, 2, mask=mask).square().sum()
    expected = torch.autograd.grad(right, [x, *leaves.values()])
    layer(x, mask).square().sum().backward()
    found = {"x": x} | {name: layer.get_parameter(name) for name in leaves}
    check.equal([n for n in found if found[n].grad is None], [], hint="These get no gradient.")
    for name, gradient in zip(found, expected, strict=True):
        check.close(found[name].grad, gradient, hint=f"The gradient of {name}.")


@pytest.mark.parametrize("argument", ["x", "mask"])
def test_leaves_its_arguments_alone(argument):
    layer, _ = loaded(8, 2, 2)
    arguments = {"x": check.randn(3, 4, 8, seed=18), "mask": check.randint(3, 4, 4, seed=19) > 0}
    before = arguments[argument].clone()
    layer(**arguments)
    check.close(arguments[argument], before, hint=f"A forward never writes to {argument}.")
