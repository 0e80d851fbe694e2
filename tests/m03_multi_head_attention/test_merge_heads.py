"""merge_heads lays the heads side by side again.

pytest tests/m03_multi_head_attention/test_merge_heads.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m03_multi_head_attention import merge_heads


def side_by_side(x):
    """The heads as blocks of columns, one after the other."""
    return torch.cat(list(x.unbind(-3)), dim=-1)


def test_two_heads_and_two_positions_worked_by_hand():
    x = torch.tensor([[[1.0, 2.0], [5.0, 6.0]], [[3.0, 4.0], [7.0, 8.0]]])
    expected = torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
    check.close(merge_heads(x), expected)


def test_a_position_gets_its_part_of_every_head():
    x = torch.arange(2 * 3 * 5 * 4.0).reshape(2, 3, 5, 4)  # (batch, heads, seq, d_head)
    check.close(merge_heads(x), torch.cat([x[:, 0], x[:, 1], x[:, 2]], dim=-1))


def test_as_many_positions_as_heads_are_not_mixed_up_with_them():
    x = torch.arange(2 * 3 * 3 * 2.0).reshape(2, 3, 3, 2)  # (batch, heads, seq, d_head)
    check.close(merge_heads(x), side_by_side(x))


def test_one_head_is_the_whole_width():
    x = check.randn(2, 1, 3, 4, seed=0)
    check.close(merge_heads(x), x.squeeze(1))


@given(
    batch=st.lists(st.integers(1, 3), max_size=2),
    seq=st.integers(1, 5),
    heads=st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
def test_agrees_with_blocks_of_columns_on_any_leading_axes(batch, seq, heads):
    n_heads, d_head = heads
    x = check.randn(*batch, n_heads, seq, d_head, seed=1, dtype=torch.float64)
    check.close(merge_heads(x), side_by_side(x))


def test_undoes_the_split_of_a_width_into_heads():
    x = check.randn(2, 5, 12, seed=2)
    split = x.unflatten(-1, (3, 4)).transpose(1, 2)  # (batch, heads, seq, d_head), a view of x
    check.close(merge_heads(split), x)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    x = laid_out(check.randn(6, 2, 3, 5, 4, seed=3), layout)  # (6, 2, heads, seq, d_head)
    check.close(merge_heads(x), side_by_side(x))


def test_works_on_the_device_of_its_argument():
    x = check.randn(2, 3, 5, 4, seed=6)
    check.close(elsewhere(merge_heads, x), side_by_side(x))


def test_float64_is_float64_throughout():
    x = check.randn(2, 3, 5, 4, seed=7, dtype=torch.float64)
    huge = 1e40 * x  # too large for float32
    check.close(merge_heads(huge), side_by_side(huge))
    check.close(merge_heads(x), side_by_side(x), rtol=1e-12, atol=1e-12)


def test_its_gradient_finds_its_way_back():
    x = check.randn(2, 3, 5, 4, seed=4).requires_grad_()
    pick = check.randn(2, 5, 12, seed=5)
    (expected,) = torch.autograd.grad((side_by_side(x) * pick).sum(), x)
    (merge_heads(x) * pick).sum().backward()
    check.close(x.grad, expected)


def test_leaves_its_argument_alone():
    x = torch.tensor([[[1.0, 2.0], [5.0, 6.0]], [[3.0, 4.0], [7.0, 8.0]]])
    merge_heads(x)
    expected = torch.tensor([[[1.0, 2.0], [5.0, 6.0]], [[3.0, 4.0], [7.0, 8.0]]])
    check.close(x, expected, hint="merge_heads changes neither the shape nor the numbers of x.")
