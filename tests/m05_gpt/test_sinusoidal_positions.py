"""sinusoidal_positions gives each position a row of sines and cosines.

pytest tests/m05_gpt/test_sinusoidal_positions.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from milestones.m05_gpt import sinusoidal_positions


def one_by_one(seq, d_model, dtype=torch.float32):
    """Each number from the equation."""
    table = torch.zeros(seq, d_model, dtype=dtype)
    for t in range(seq):
        for column in range(d_model):
            angle = t * 10000 ** (-(column - column % 2) / d_model)
            table[t, column] = math.cos(angle) if column % 2 else math.sin(angle)
    return table


def test_two_positions_worked_by_hand():
    expected = torch.tensor([[0.0, 1.0, 0.0, 1.0], [0.841471, 0.540302, 0.01, 0.99995]])
    check.close(sinusoidal_positions(2, 4), expected)


def test_the_first_position_has_sines_of_zero_and_cosines_of_one():
    check.close(sinusoidal_positions(1, 6), torch.tensor([[0.0, 1.0, 0.0, 1.0, 0.0, 1.0]]))


def test_sines_and_cosines_take_turns():
    check.close(sinusoidal_positions(7, 10), one_by_one(7, 10), atol=1e-4)


@pytest.mark.parametrize("d_model", [1, 3, 5])
def test_an_odd_width_ends_in_a_sine(d_model):
    check.close(sinusoidal_positions(4, d_model), one_by_one(4, d_model), atol=1e-4)


@given(seq=st.integers(1, 40), d_model=st.integers(1, 12))
def test_agrees_with_the_equation_on_any_size(seq, d_model):
    check.close(sinusoidal_positions(seq, d_model), one_by_one(seq, d_model), atol=1e-4)


def test_the_slowest_clock_has_hardly_moved_after_a_thousand_positions():
    table = sinusoidal_positions(1001, 8)
    check.close(table[1000], one_by_one(1001, 8)[1000], atol=5e-4)


@pytest.mark.parametrize("t", [257, 300, 2049])
def test_a_position_counts_whole_however_large(t):
    table = sinusoidal_positions(2050, 4)
    check.close(table[t], one_by_one(2050, 4)[t], atol=1e-3)


def test_the_table_is_in_the_default_dtype():
    torch.set_default_dtype(torch.float64)
    try:
        table = sinusoidal_positions(5, 6)
    finally:
        torch.set_default_dtype(torch.float32)
    check.close(table, one_by_one(5, 6, torch.float64))


@given(first=st.integers(0, 20), second=st.integers(0, 20), distance=st.integers(1, 9))
def test_how_alike_two_positions_are_depends_on_their_distance_alone(first, second, distance):
    table = sinusoidal_positions(30, 6)
    slow = sum(math.cos(distance * 10000 ** (-i / 6)) for i in (0, 2, 4))
    check.close(table[first] @ table[first + distance], torch.tensor(slow), atol=1e-4)
    check.close(table[second] @ table[second + distance], torch.tensor(slow), atol=1e-4)


def test_the_table_is_no_parameter():
    check.equal(sinusoidal_positions(3, 4).requires_grad, False)
