"""rotary_angles gives the cosine and sine of the angle by which each place turns each pair.

pytest tests/m09_positions/test_rotary_angles.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m09_positions import rotary_angles


def angle_by_angle(places, d_head, base=10000.0):
    """(cos, sin) in Python's floats, one angle after the other."""
    angles = [[t * base ** (-2 * i / d_head) for i in range(d_head // 2)] for t in places]
    cos = [[math.cos(angle) for angle in row] for row in angles]
    sin = [[math.sin(angle) for angle in row] for row in angles]
    return torch.tensor(cos, dtype=torch.float32), torch.tensor(sin, dtype=torch.float32)


def agree(found, expected, atol=1e-5):
    check.equal(len(found), 2, hint="(cos, sin)")
    for name, mine, right in zip(("cos", "sin"), found, expected, strict=True):
        check.close(mine, right, atol=atol, hint=f"This is {name}.")


def test_two_places_and_two_pairs_worked_by_hand():
    cos, sin = rotary_angles(torch.tensor([0, 1]), 4)
    # The first pair turns by 1 a place, the second by 10000 ** -(2 / 4) = 0.01.
    check.close(cos, torch.tensor([[1.0, 1.0], [0.540302, 0.99995]]))
    check.close(sin, torch.tensor([[0.0, 0.0], [0.841471, 0.00999983]]))


def test_each_pair_turns_more_slowly_than_the_one_before():
    agree(rotary_angles(torch.tensor([0, 1, 2, 5, 11]), 6), angle_by_angle([0, 1, 2, 5, 11], 6))


def test_the_first_place_is_not_turned():
    agree(rotary_angles(torch.tensor([0]), 8), (torch.ones(1, 4), torch.zeros(1, 4)))


def test_positions_may_begin_anywhere_and_stand_in_any_order():
    agree(rotary_angles(torch.tensor([7, 3, 12, 3]), 4), angle_by_angle([7, 3, 12, 3], 4))


@pytest.mark.parametrize("base", [100.0, 500_000.0])
def test_the_base_says_how_slowly_the_last_pairs_turn(base):
    agree(rotary_angles(torch.tensor([1, 4, 9]), 6, base), angle_by_angle([1, 4, 9], 6, base))


def test_the_base_may_be_a_whole_number():
    agree(rotary_angles(torch.tensor([1, 4]), 6, 5000), angle_by_angle([1, 4], 6, 5000))


@given(
    places=st.lists(st.integers(0, 40), min_size=1, max_size=5),
    pairs=st.integers(1, 5),
    base=st.sampled_from([10.0, 10000.0]),
)
def test_agrees_with_one_angle_at_a_time_on_any_sizes(places, pairs, base):
    found = rotary_angles(torch.tensor(places), 2 * pairs, base)
    agree(found, angle_by_angle(places, 2 * pairs, base))


def test_places_far_away_keep_their_angles():
    places = [2049, 4097, 8191]
    agree(rotary_angles(torch.tensor(places), 10), angle_by_angle(places, 10), atol=2e-3)


def test_angles_are_float32_whatever_the_default_dtype():
    torch.set_default_dtype(torch.float64)
    try:
        found = rotary_angles(torch.tensor([0, 3]), 4)
    finally:
        torch.set_default_dtype(torch.float32)
    agree(found, angle_by_angle([0, 3], 4))


def test_a_default_of_half_precision_does_not_spoil_them():
    torch.set_default_dtype(torch.bfloat16)
    try:
        found = rotary_angles(torch.tensor([1, 301]), 6)
    finally:
        torch.set_default_dtype(torch.float32)
    agree(found, angle_by_angle([1, 301], 6), atol=1e-3)


@pytest.mark.parametrize("d_head", [1, 7])
def test_an_odd_width_is_an_error_that_names_it(d_head):
    check.raises(ValueError, rotary_angles, torch.tensor([0, 1]), d_head, names=(d_head,))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    positions = laid_out(torch.tensor([4, 0, 2]), layout)
    agree(rotary_angles(positions, 4), angle_by_angle([4, 0, 2], 4))


def test_works_on_the_device_of_the_positions():
    found = elsewhere(rotary_angles, torch.tensor([0, 1, 5]), 6)
    agree(found, angle_by_angle([0, 1, 5], 6))


def test_leaves_its_argument_alone():
    positions = torch.tensor([3, 1, 2])
    rotary_angles(positions, 4)
    check.close(positions, torch.tensor([3, 1, 2]), hint="The positions are only read.")
