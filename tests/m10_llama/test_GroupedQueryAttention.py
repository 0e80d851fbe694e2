"""GroupedQueryAttention attends with many heads of queries to few of turned keys and values.

pytest tests/m10_llama/test_GroupedQueryAttention.py
"""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from kata.testing.sight import past
from milestones.m10_llama import GroupedQueryAttention, LlamaCache
from tests.m10_llama.oracle import (
    Notes,
    agree_on_gradients,
    attend,
    attention_shapes,
    load,
    random_state,
    shapes_of,
    turned,
    turns,
)

GROUPS = [(1, 1), (2, 1), (2, 2), (4, 2), (6, 2), (6, 3)]  # heads of queries, and of the others


class Recording(Notes, LlamaCache):
    """A LlamaCache with a memory of its own."""


def loaded(heads, d_head=2, dtype=torch.float64, seed=0):
    """A layer of the learner's, and the weights that it was given."""
    sizes = heads[0] * d_head, *heads
    state = random_state(attention_shapes(*sizes), seed, dtype)
    return load(GroupedQueryAttention(*sizes), state), state


def numbers(*shape, seed, dtype=torch.float64):
    return check.randn(*shape, seed=seed, dtype=dtype)


def exactly(found, expected, hint=""):
    check.close(found, expected, rtol=1e-10, atol=1e-10, hint=hint)


def test_two_heads_that_share_their_keys_worked_by_hand():
    eye, zeros = torch.eye(2), torch.zeros(2, 2)
    state = {
        "q_proj.weight": torch.cat([math.sqrt(2) * math.log(3) * eye, zeros]) @ torch.eye(2, 4),
        "k_proj.weight": torch.cat([eye, zeros], 1),
        "v_proj.weight": torch.cat([zeros, eye], 1),
        "o_proj.weight": torch.eye(4),
    }
    layer = load(GroupedQueryAttention(4, 2, 1), state)
    x = torch.tensor([[[1.0, 0.0, 4.0, 0.0], [1.0, 0.0, 0.0, 4.0]]])
    cos, sin = torch.tensor([[1.0], [0.0]]), torch.tensor([[0.0], [1.0]])
    # The second place is turned by a quarter: a query of head 0 meets its own key by ln 3, the
    # other by 0, so the weights are 3/4 and 1/4. Head 1 asks nothing and takes the mean.
    expected = torch.tensor([[[3.0, 1.0, 2.0, 2.0], [1.0, 3.0, 2.0, 2.0]]])
    check.close(layer(x, cos, sin), expected)


@pytest.mark.parametrize("sizes", [(8, 4, 2), (12, 6, 1), (6, 3, 3)])
def test_parameters_are_four_projections_without_biases(sizes):
    expected = dict(sorted(attention_shapes(*sizes).items()))
    check.equal(shapes_of(GroupedQueryAttention(*sizes)), expected)


def test_it_keeps_how_many_heads_it_has():
    layer = GroupedQueryAttention(d_model=12, n_heads=6, n_kv_heads=2)
    check.equal((layer.n_heads, layer.n_kv_heads), (6, 2))


@pytest.mark.parametrize(("d_model", "n_heads", "n_kv_heads"), [(10, 4, 2), (9, 2, 1), (4, 8, 2)])
def test_a_width_that_does_not_divide_is_an_error_at_construction(d_model, n_heads, n_kv_heads):
    sizes = d_model, n_heads, n_kv_heads
    check.raises(ValueError, GroupedQueryAttention, *sizes, names=(d_model, n_heads))


@pytest.mark.parametrize(("n_heads", "n_kv_heads"), [(6, 4), (4, 3), (2, 4)])
def test_heads_that_cannot_be_shared_out_are_an_error_at_construction(n_heads, n_kv_heads):
    sizes = 4 * n_heads, n_heads, n_kv_heads
    check.raises(ValueError, GroupedQueryAttention, *sizes, names=(n_heads, n_kv_heads))


@pytest.mark.parametrize(("n_heads", "d_head"), [(2, 3), (4, 1), (2, 7)])
def test_an_odd_width_of_a_head_is_an_error_at_construction(n_heads, d_head):
    sizes = n_heads * d_head, n_heads, n_heads // 2
    check.raises(ValueError, GroupedQueryAttention, *sizes, names=(d_head,))


@pytest.mark.parametrize("heads", GROUPS, ids=str)
def test_neighbours_among_the_heads_share_keys_and_values(heads):
    layer, state = loaded(heads)
    x, (cos, sin) = numbers(2, 3, 2 * heads[0], seed=1), turns(3, 1, seed=2)
    exactly(layer(x, cos, sin), attend(x, state, heads, cos, sin))


@settings(max_examples=15)  # each takes a while
@given(
    sizes=st.tuples(*[st.integers(1, 4)] * 2),
    kept=st.integers(0, 3),
    heads=st.sampled_from(GROUPS),
    pairs=st.integers(1, 3),
    seed=st.integers(0, 9),
)
def test_agrees_with_one_query_at_a_time_on_any_sizes(sizes, kept, heads, pairs, seed):
    (batch, new), d_head = sizes, 2 * pairs
    layer, state = loaded(heads, d_head, seed=seed)
    x, (cos, sin) = numbers(batch, new, heads[0] * d_head, seed=seed), turns(new, pairs, seed=seed)
    before = numbers(2, batch, heads[1], kept, d_head, seed=seed).unbind() if kept else None
    mask = check.randint(3, batch, new, kept + new, seed=seed) > 0
    found = layer(x, cos, sin, mask, Recording(before))
    exactly(found, attend(x, state, heads, cos, sin, mask, before))


def test_at_a_single_place_each_head_hands_over_the_value_that_it_shares():
    layer, state = loaded((4, 2))
    x, (cos, sin) = numbers(3, 1, 8, seed=5), turns(1, 1, seed=6)
    value = F.linear(x, state["v_proj.weight"])[..., [0, 1, 0, 1, 2, 3, 2, 3]]
    exactly(layer(x, cos, sin), F.linear(value, state["o_proj.weight"]))


def test_every_row_may_stand_at_places_of_its_own():
    layer, state = loaded((4, 2), 4)
    x, (cos, sin) = numbers(3, 2, 16, seed=7), turns(3, 1, 2, 2, seed=8)
    exactly(layer(x, cos, sin), attend(x, state, (4, 2), cos, sin))


MASKS = [(), (5,), (3, 1), (3, 5), (2, 1, 5), (2, 3, 1), (2, 3, 5), (1, 1, 5)]


@pytest.mark.parametrize("shape", MASKS, ids=str)
def test_a_mask_broadcasts_over_batch_query_and_all_keys_that_there_are(shape):
    layer, state = loaded((2, 1))
    x, (cos, sin) = numbers(2, 3, 4, seed=9), turns(3, 1, seed=10)
    before = numbers(2, 2, 1, 2, 2, seed=11).unbind()
    mask = check.randint(3, *shape, seed=12) > 0
    found = layer(x, cos, sin, mask, Recording(before))
    exactly(found, attend(x, state, (2, 1), cos, sin, mask, before))


def test_without_a_mask_every_query_sees_all_that_there_is():
    layer, state = loaded((4, 2))
    x, (cos, sin) = numbers(2, 3, 8, seed=13), turns(3, 1, seed=14)
    before = numbers(2, 2, 2, 4, 2, seed=15).unbind()
    found = layer(x, cos, sin, cache=Recording(before))
    exactly(found, attend(x, state, (4, 2), cos, sin, None, before))


def test_a_query_that_may_see_nothing_gets_zeros():
    layer, state = loaded((4, 2))
    x, (cos, sin) = numbers(3, 2, 8, seed=16), turns(2, 1, seed=17)
    mask = torch.tensor([True, False, True]).reshape(3, 1, 1)
    out = layer(x, cos, sin, mask)
    exactly(out[1], torch.zeros(2, 8, dtype=torch.float64))
    exactly(out, attend(x, state, (4, 2), cos, sin, mask))


def test_under_a_causal_mask_no_place_sees_a_later_one_or_another_text():
    layer, _ = loaded((4, 2))
    (cos, sin), mask = turns(3, 1, seed=18), torch.ones(3, 3, dtype=torch.bool).tril()
    x = numbers(2, 3, 8, seed=19)
    check.sees(lambda x: layer(x, cos, sin, mask), x, past(batch=2, seq=3))


@pytest.mark.parametrize("layer_number", [0, 3])
def test_turned_keys_and_values_go_into_their_layer_of_the_cache_once(layer_number):
    layer, state = loaded((6, 2))
    x, (cos, sin) = numbers(2, 3, 12, seed=20), turns(3, 1, seed=21)
    cache = Recording(*4 * [None])
    layer(x, cos, sin, None, cache, layer_number)
    check.equal([number for number, _, _ in cache.came], [layer_number])
    keys = F.linear(x, state["k_proj.weight"]).chunk(2, -1)
    values = F.linear(x, state["v_proj.weight"]).chunk(2, -1)
    (_, k, v), right = cache.came[0], torch.stack([turned(key, cos, sin) for key in keys], 1)
    exactly(k, right, hint="The keys: turned, and each head once.")
    exactly(v, torch.stack(values, 1), hint="The values: as they are, and each head once.")


def test_what_the_cache_returns_is_attended_to_whatever_it_is():
    layer, state = loaded((4, 2))
    x, (cos, sin) = numbers(2, 3, 8, seed=22), turns(3, 1, seed=23)
    k, v = numbers(2, 2, 2, 5, 2, seed=24).unbind()
    cache = Recording(None)
    cache.append = lambda *_: (k, v)
    own = {"k_proj.weight": torch.zeros(4, 8), "v_proj.weight": torch.zeros(4, 8)}
    own = {name: value.double() for name, value in own.items()}
    mask = torch.arange(8) < 5  # the oracle's own keys stand behind these, and are hidden
    expected = attend(x, state | own, (4, 2), cos, sin, mask, (k, v))
    exactly(layer(x, cos, sin, None, cache), expected)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    layer, state = loaded((4, 2), 4)
    x = laid_out(numbers(3, 2, 16, seed=25), layout)
    cos, sin = (laid_out(part, layout) for part in turns(2, 2, seed=26))
    mask = laid_out(check.randint(3, 3, 2, 2, seed=27) > 0, layout)
    exactly(layer(x, cos, sin, mask), attend(x, state, (4, 2), cos, sin, mask))


@pytest.mark.parametrize("masked", [False, True])
def test_works_on_the_device_of_its_arguments(masked):
    layer, state = loaded((4, 2), 4)
    x, (cos, sin) = numbers(3, 2, 16, seed=28), turns(2, 2, seed=29)
    mask = check.randint(3, 2, 2, seed=30) > 0 if masked else None
    exactly(elsewhere(layer, x, cos, sin, mask), attend(x, state, (4, 2), cos, sin, mask))


def test_scores_too_large_for_float32_do_no_harm_in_float64():
    layer, state = loaded((4, 2))
    for name in ("q_proj.weight", "k_proj.weight"):
        state[name] *= 1e20
    load(layer, state)
    x, (cos, sin) = numbers(2, 3, 8, seed=31), turns(3, 1, seed=32)
    exactly(layer(x, cos, sin), attend(x, state, (4, 2), cos, sin))


@pytest.mark.parametrize("cached", [False, True])
def test_x_and_every_parameter_learn(cached):
    layer, state = loaded((4, 2))
    x, (cos, sin) = numbers(2, 3, 8, seed=33).requires_grad_(), turns(3, 1, seed=34)
    before = numbers(2, 2, 2, 1, 2, seed=35).unbind() if cached else None
    mask = torch.ones(3, 4 if cached else 3).tril(-1).bool()  # the first sees nothing
    agree_on_gradients(
        layer,
        state,
        lambda: layer(x, cos, sin, mask, Recording(before)),
        lambda leaves: attend(x, leaves, (4, 2), cos, sin, mask, before),
        x=x,
    )


@pytest.mark.parametrize("argument", ["x", "cos", "sin", "mask"])
def test_leaves_its_arguments_alone(argument):
    layer, _ = loaded((4, 2))
    cos, sin = turns(3, 1, seed=36)
    mask = check.randint(3, 3, 3, seed=37) > 0
    arguments = {"x": numbers(2, 3, 8, seed=38), "cos": cos, "sin": sin, "mask": mask}
    before = arguments[argument].clone()
    layer(**arguments)
    check.close(arguments[argument], before, hint=f"Nothing is ever written to {argument}.")
