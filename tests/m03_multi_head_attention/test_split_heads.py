"""split_heads cuts the width into slices, one a head.

pytest tests/m03_multi_head_attention/test_split_heads.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m03_multi_head_attention import split_heads


def slices(x, n_heads):
    """Each head's columns, cut out one head after the other."""
    width = x.size(-1) // n_heads
    return torch.stack([x[..., h * width : (h + 1) * width] for h in range(n_heads)], dim=-3)


def test_two_positions_and_two_heads_worked_by_hand():
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
    expected = torch.tensor([[[1.0, 2.0], [5.0, 6.0]], [[3.0, 4.0], [7.0, 8.0]]])
    check.close(split_heads(x, 2), expected)


def test_a_head_holds_its_slice_of_every_position():
    x = torch.arange(2 * 5 * 12.0).reshape(2, 5, 12)  # (batch, seq, d_model)
    expected = torch.stack([x[..., :4], x[..., 4:8], x[..., 8:]], dim=1)
    check.close(split_heads(x, 3), expected, hint="A head sees all positions, and a part of each.")


def test_as_many_positions_as_heads_are_not_mixed_up_with_them():
    x = torch.arange(2 * 3 * 6.0).reshape(2, 3, 6)  # (batch, seq, d_model)
    check.close(split_heads(x, 3), slices(x, 3))


def test_one_head_is_the_whole_width():
    x = check.randn(2, 3, 4, seed=0)
    check.close(split_heads(x, 1), x.unsqueeze(1))


@given(
    batch=st.lists(st.integers(1, 3), max_size=2),
    seq=st.integers(1, 5),
    heads=st.tuples(st.integers(1, 4), st.integers(1, 4)),
)
def test_agrees_with_slices_on_any_leading_axes(batch, seq, heads):
    n_heads, d_head = heads
    x = check.randn(*batch, seq, n_heads * d_head, seed=1, dtype=torch.float64)
    check.close(split_heads(x, n_heads), slices(x, n_heads))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    x = laid_out(check.randn(2, 4, 5, 6, seed=2), layout)
    check.close(split_heads(x, 3), slices(x, 3))


def test_works_on_the_device_of_its_argument():
    x = check.randn(2, 5, 6, seed=6)
    check.close(elsewhere(split_heads, x, 3), slices(x, 3))


def test_float64_is_float64_throughout():
    x = check.randn(2, 5, 6, seed=7, dtype=torch.float64)
    huge = 1e40 * x  # too large for float32
    check.close(split_heads(huge, 3), slices(huge, 3))
    check.close(split_heads(x, 3), slices(x, 3), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("d_model", "n_heads"), [(10, 4), (9, 2), (4, 8)])
def test_a_width_that_does_not_divide_is_an_error_that_names_both(d_model, n_heads):
    x = check.randn(2, 3, d_model, seed=3)
    check.raises(ValueError, split_heads, x, n_heads, names=(d_model, n_heads))


def test_its_gradient_finds_its_way_back():
    x = check.randn(2, 5, 6, seed=4).requires_grad_()
    pick = check.randn(2, 3, 5, 2, seed=5)
    (expected,) = torch.autograd.grad((slices(x, 3) * pick).sum(), x)
    (split_heads(x, 3) * pick).sum().backward()
    check.close(x.grad, expected)


def test_leaves_its_argument_alone():
    x = torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
    split_heads(x, 2)
    expected = torch.tensor([[1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 8.0]])
    check.close(x, expected, hint="split_heads changes neither the shape nor the numbers of x.")
