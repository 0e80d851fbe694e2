"""A layout changes the order in memory, and not the numbers.

pytest tests/kata/test_layouts.py
"""

import pytest
import torch

from kata.testing import check
from kata.testing.layouts import LAYOUTS, laid_out


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_layout_can_be_viewed_as_one_row(layout):
    x = laid_out(check.randn(2, 3, 4, seed=0), layout)
    with pytest.raises(RuntimeError, match="view"):
        x.view(-1)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_numbers_are_the_same(layout):
    x = check.randn(2, 3, 4, seed=0)
    assert torch.equal(laid_out(x, layout), x)


def test_another_word_is_refused():
    with pytest.raises(ValueError, match="transposed, sliced"):
        laid_out(torch.zeros(2), "diagonal")
