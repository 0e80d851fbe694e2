"""alibi_bias is what each head takes off a score: its slope times the distance.

pytest tests/m09_positions/test_alibi_bias.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from milestones.m09_positions import alibi_bias

# Of the paper, and of the authors' code where there is no power of two.
SLOPES = {
    1: [1 / 256],
    2: [1 / 16, 1 / 256],
    3: [1 / 16, 1 / 256, 1 / 4],
    4: [1 / 4, 1 / 16, 1 / 64, 1 / 256],
}


def one_at_a_time(n_heads, seq):
    """Each head, query and key for itself, in Python's floats."""
    return torch.tensor(
        [
            [[-slope * abs(i - j) for j in range(seq)] for i in range(seq)]
            for slope in SLOPES[n_heads]
        ]
    )


def test_two_heads_and_three_places_worked_by_hand():
    near = [[0.0, -1.0, -2.0], [-1.0, 0.0, -1.0], [-2.0, -1.0, 0.0]]
    expected = torch.stack([torch.tensor(near) / 16, torch.tensor(near) / 256])
    check.close(alibi_bias(2, 3), expected)


def test_a_later_key_is_as_far_as_an_earlier_one():
    check.close(
        alibi_bias(4, 5), one_at_a_time(4, 5), hint="Row i, column j: the distance |i - j|."
    )


def test_a_place_takes_nothing_off_itself():
    check.close(alibi_bias(4, 3).diagonal(dim1=1, dim2=2), torch.zeros(4, 3))


def test_one_place_is_at_no_distance():
    check.close(alibi_bias(3, 1), torch.zeros(3, 1, 1))


@pytest.mark.parametrize(("n_heads", "seq"), [(4, 4), (3, 3)])
def test_as_many_heads_as_places_are_not_mixed_up_with_them(n_heads, seq):
    check.close(alibi_bias(n_heads, seq), one_at_a_time(n_heads, seq))


@given(n_heads=st.integers(1, 4), seq=st.integers(1, 9))
def test_agrees_with_one_pair_at_a_time_on_any_sizes(n_heads, seq):
    check.close(alibi_bias(n_heads, seq), one_at_a_time(n_heads, seq))


def test_far_away_keys_are_not_all_the_same():
    check.close(alibi_bias(2, 300)[0, 299], -torch.arange(299.0, -1, -1) / 16)


def test_the_bias_is_in_the_default_dtype():
    torch.set_default_dtype(torch.float64)
    try:
        found = alibi_bias(2, 3)
    finally:
        torch.set_default_dtype(torch.float32)
    check.close(found, one_at_a_time(2, 3).double())
