"""alibi_slopes gives each head a slope: half as steep as the head before, where there are eight.

pytest tests/m09_positions/test_alibi_slopes.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from milestones.m09_positions import alibi_slopes


def by_rule(n_heads):
    """The power of two below, then every second slope of the next one, in Python's floats."""
    power = max(2**i for i in range(10) if 2**i <= n_heads)
    slopes = [2.0 ** (-8 * i / power) for i in range(1, power + 1)]
    more = [2.0 ** (-8 * i / (2 * power)) for i in range(1, 2 * power + 1)][::2]
    return torch.tensor(slopes + more[: n_heads - power])


def test_eight_heads_as_in_the_paper():
    expected = torch.tensor([1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256])
    check.close(alibi_slopes(8), expected)


def test_one_head_has_the_gentlest_slope():
    check.close(alibi_slopes(1), torch.tensor([1 / 256]))


@pytest.mark.parametrize("n_heads", [2, 4, 16, 32])
def test_every_power_of_two_ends_at_the_same_slope(n_heads):
    check.close(alibi_slopes(n_heads), by_rule(n_heads))


def test_three_heads_worked_by_hand():
    # Those of two heads, 2^-4 and 2^-8, then the first of four heads, 2^-2.
    check.close(alibi_slopes(3), torch.tensor([1 / 16, 1 / 256, 1 / 4]))


def test_twelve_heads_as_in_the_authors_code():
    first = [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]
    between = [2**-0.5, 2**-1.5, 2**-2.5, 2**-3.5]
    check.close(alibi_slopes(12), torch.tensor(first + between))


@given(n_heads=st.integers(1, 40))
def test_agrees_with_the_rule_for_any_number_of_heads(n_heads):
    check.close(alibi_slopes(n_heads), by_rule(n_heads))


def test_the_slopes_are_in_the_default_dtype():
    torch.set_default_dtype(torch.float64)
    try:
        found = alibi_slopes(6)
    finally:
        torch.set_default_dtype(torch.float32)
    check.close(found, by_rule(6).double())
