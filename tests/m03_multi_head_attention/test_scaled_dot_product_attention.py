"""scaled_dot_product_attention gives each query a mean of the values, weighted by their keys.

pytest tests/m03_multi_head_attention/test_scaled_dot_product_attention.py
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
from milestones.m03_multi_head_attention import scaled_dot_product_attention


def one_sequence(q, k, v, mask):
    """One query at a time, and of the keys only those that it may see."""
    out = []
    for query, seen in zip(q, mask, strict=True):
        weights = torch.softmax(k[seen] @ query / math.sqrt(len(query)), 0)
        out.append(weights @ v[seen])
    return torch.stack(out)


def one_at_a_time(q, k, v, mask=None):
    """Every sequence alone, whatever the leading axes."""
    shape = (*q.shape[:-1], k.size(-2))
    mask = torch.ones(shape, dtype=torch.bool) if mask is None else mask.expand(shape)
    every = (part.reshape(-1, *part.shape[-2:]) for part in (q, k, v, mask))
    out = torch.stack([one_sequence(*parts) for parts in zip(*every, strict=True)])
    return out.reshape(*q.shape[:-1], v.size(-1))


def inputs(*batch, query=4, key=5, d_head=3, d_value=2, dtype=torch.float32, seed=0):
    q = check.randn(*batch, query, d_head, seed=seed, dtype=dtype)
    k = check.randn(*batch, key, d_head, seed=seed + 1, dtype=dtype)
    v = check.randn(*batch, key, d_value, seed=seed + 2, dtype=dtype)
    return q, k, v


def test_one_query_and_two_keys_worked_by_hand():
    q = torch.tensor([[2 * math.log(3), 0.0, 0.0, 0.0]])
    k = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0]])
    v = torch.tensor([[4.0, 0.0, 8.0], [0.0, 8.0, 0.0]])
    # The scores 2 ln 3 and 0 are divided by √4; the weights are 3/4 and 1/4.
    check.close(scaled_dot_product_attention(q, k, v), torch.tensor([[3.0, 2.0, 6.0]]))


@pytest.mark.parametrize("d_head", [2, 16, 64])
def test_scores_are_divided_by_the_root_of_d_head(d_head):
    q, k, v = inputs(2, d_head=d_head, seed=3)
    check.close(scaled_dot_product_attention(q, k, v), one_at_a_time(q, k, v))


@given(
    batch=st.lists(st.integers(1, 3), max_size=2),
    sizes=st.tuples(*[st.integers(1, 4)] * 4),
    seed=st.integers(0, 9),
)
def test_agrees_with_one_query_at_a_time_on_any_leading_axes(batch, sizes, seed):
    query, key, d_head, d_value = sizes
    q, k, v = inputs(
        *batch,
        query=query,
        key=key,
        d_head=d_head,
        d_value=d_value,
        dtype=torch.float64,
        seed=seed,
    )
    check.close(scaled_dot_product_attention(q, k, v), one_at_a_time(q, k, v))


def test_agrees_with_pytorch():
    q, k, v = inputs(2, 3, query=7, key=5, d_head=4, d_value=6, seed=1)
    check.close(scaled_dot_product_attention(q, k, v), F.scaled_dot_product_attention(q, k, v))


def test_nothing_is_hidden_where_no_mask_is_given():
    q, k, v = inputs(2, query=5, key=5, d_head=4, d_value=4, seed=2)
    check.close(scaled_dot_product_attention(q, k, v), one_at_a_time(q, k, v))


def test_a_key_that_may_not_be_seen_takes_no_share():
    q = torch.tensor([[2 * math.log(3), 0.0, 0.0, 0.0]])
    k = torch.tensor([[1.0, 0.0, 0.0, 0.0], [0.0, 1.0, 0.0, 0.0], [9.0, 9.0, 0.0, 0.0]])
    v = torch.tensor([[4.0, 0.0, 8.0], [0.0, 8.0, 0.0], [99.0, 99.0, 99.0]])
    mask = torch.tensor([[True, True, False]])
    check.close(scaled_dot_product_attention(q, k, v, mask), torch.tensor([[3.0, 2.0, 6.0]]))


def test_each_query_has_a_row_of_the_mask():
    q, k, v = inputs(query=3, key=3, seed=3)
    mask = torch.tensor([[True, False, False], [True, True, False], [False, True, True]])
    check.close(scaled_dot_product_attention(q, k, v, mask), one_at_a_time(q, k, v, mask))


def test_a_query_that_may_see_nothing_gets_zeros():
    q, k, v = inputs(query=2, key=3, d_value=2, seed=4)
    mask = torch.tensor([[False, False, False], [True, False, True]])
    check.close(scaled_dot_product_attention(q, k, v, mask), one_at_a_time(q, k, v, mask))


@pytest.mark.parametrize(
    "shape",
    [(), (5,), (1, 5), (4, 1), (4, 5), (2, 1, 1, 5), (2, 1, 4, 5), (3, 1, 5), (1, 3, 4, 1)],
)
def test_a_mask_broadcasts_to_the_scores(shape):
    q, k, v = inputs(2, 3, query=4, key=5, seed=5)
    mask = check.randint(3, *shape, seed=6) > 0
    check.close(scaled_dot_product_attention(q, k, v, mask), one_at_a_time(q, k, v, mask))


@given(
    batch=st.lists(st.integers(1, 3), max_size=2),
    sizes=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    seed=st.integers(0, 9),
)
def test_agrees_with_one_query_at_a_time_under_any_mask(batch, sizes, seed):
    query, key = sizes
    q, k, v = inputs(*batch, query=query, key=key, dtype=torch.float64, seed=seed)
    mask = check.randint(3, *batch, key, query, seed=seed).mT > 0  # not contiguous
    check.close(scaled_dot_product_attention(q, k, v, mask), one_at_a_time(q, k, v, mask))


@pytest.mark.parametrize("size", [150.0, 185.0, 1e5, 1e12])
def test_a_hidden_key_is_exactly_nothing_however_well_it_matches(size):
    q = torch.tensor([[1.0, 0.0, 0.0], [-1.0, 0.0, 0.0]])
    k = torch.tensor([[size, 1.0, 2.0], [size, 3.0, 4.0], [2 * size, 0.0, 0.0], [-size, 0.0, 0.0]])
    v = torch.tensor([[1.0, 4.0], [3.0, 8.0], [500.0, 500.0], [700.0, 700.0]])
    mask = torch.tensor([True, True, False, False])
    expected = torch.tensor([[2.0, 6.0], [2.0, 6.0]])
    check.close(scaled_dot_product_attention(q, k, v, mask), expected)


def test_large_scores_stay_finite():
    q = torch.tensor([[300.0, 0.0], [0.0, 300.0]])
    k = torch.tensor([[300.0, 0.0], [0.0, 300.0], [-300.0, -300.0]])
    v = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
    check.close(scaled_dot_product_attention(q, k, v), v[:2])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    q, k, v = (laid_out(part, layout) for part in inputs(2, 3, query=6, d_head=4, seed=7))
    mask = laid_out(check.randint(3, 2, 3, 6, 5, seed=10) > 0, layout)
    check.close(scaled_dot_product_attention(q, k, v, mask), one_at_a_time(q, k, v, mask))


@pytest.mark.parametrize("masked", [False, True])
def test_works_on_the_device_of_its_arguments(masked):
    q, k, v = inputs(query=4, key=5, seed=19)
    mask = check.randint(3, 4, 5, seed=22) > 0 if masked else None
    out = elsewhere(scaled_dot_product_attention, q, k, v, mask)
    check.close(out, one_at_a_time(q, k, v, mask))


@pytest.mark.parametrize("masked", [False, True])
def test_float64_is_float64_throughout(masked):
    q, k, v = inputs(query=4, key=5, seed=23, dtype=torch.float64)
    mask = torch.ones(4, 5, dtype=torch.bool) if masked else None
    q, k = 1e20 * q, 1e20 * k  # their scores are too large for float32
    check.close(scaled_dot_product_attention(q, k, v, mask), one_at_a_time(q, k, v, mask))


@given(order=st.permutations(range(5)))
def test_keys_and_values_in_another_order_change_nothing(order):
    q, k, v = inputs(2, seed=10)
    out = scaled_dot_product_attention(q, k[:, order], v[:, order])
    check.close(out, one_at_a_time(q, k, v), hint="A value goes with its key, wherever they stand.")


@given(order=st.permutations(range(4)))
def test_other_order_of_the_queries_same_answers_in_that_order(order):
    q, k, v = inputs(2, seed=11)
    check.close(scaled_dot_product_attention(q[:, order], k, v), one_at_a_time(q, k, v)[:, order])


def test_a_query_that_matches_all_keys_alike_gets_the_plain_mean():
    _, k, v = inputs(2, seed=12)
    q = torch.zeros(2, 4, 3)
    check.close(scaled_dot_product_attention(q, k, v), v.mean(1, keepdim=True).expand(2, 4, 2))


@pytest.mark.parametrize("masked", [False, True])
def test_its_gradients_agree_with_pytorch(masked):
    leaves = [part.requires_grad_() for part in inputs(2, dtype=torch.float64, seed=13)]
    mask = check.randint(3, 4, 5, seed=14) > 0 if masked else None
    hidden = torch.zeros(4, 5, dtype=torch.bool) if mask is None else ~mask
    pick = check.randn(2, 4, 2, seed=15, dtype=torch.float64)
    q, k, v = leaves
    right = torch.softmax((q @ k.mT / math.sqrt(3)).masked_fill(hidden, -torch.inf), -1) @ v
    expected = torch.autograd.grad((right * pick).sum(), leaves)
    out = scaled_dot_product_attention(q, k, v, mask)
    check.close(out, right)
    (out * pick).sum().backward()
    without = [name for name, leaf in zip("qkv", leaves, strict=True) if leaf.grad is None]
    check.equal(without, [], hint="These get no gradient.")
    for leaf, gradient in zip(leaves, expected, strict=True):
        check.close(leaf.grad, gradient)


def test_a_query_that_may_see_nothing_gives_no_gradient():
    leaves = [part.requires_grad_() for part in inputs(query=2, key=3, seed=16)]
    mask = torch.tensor([[False, False, False], [True, True, False]])
    expected = torch.autograd.grad(one_at_a_time(*leaves, mask).square().sum(), leaves)
    out = scaled_dot_product_attention(*leaves, mask)
    out.square().sum().backward()
    for leaf, right in zip(leaves, expected, strict=True):
        check.close(leaf.grad, right, hint="Nothing seen, nothing learned: zeros, never NaN.")


@pytest.mark.parametrize("argument", ["q", "k", "v", "mask"])
def test_leaves_its_arguments_alone(argument):
    q, k, v = inputs(seed=17)
    arguments = {"q": q, "k": k, "v": v, "mask": check.randint(3, 4, 5, seed=18) > 0}
    before = arguments[argument].clone()
    scaled_dot_product_attention(**arguments)
    check.close(arguments[argument], before, hint=f"Nothing is ever written to {argument}.")
