"""relative_positions says which row of a table of distances each query and key use.

pytest tests/m09_positions/test_relative_positions.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from milestones.m09_positions import relative_positions


def one_at_a_time(query, key, max_distance):
    """Each pair of a query and a key for itself, in Python's numbers."""
    first = key - query  # where the first query stands
    rows = [
        [max(-max_distance, min(max_distance, j - (first + i))) + max_distance for j in range(key)]
        for i in range(query)
    ]
    return torch.tensor(rows)


def test_three_places_worked_by_hand():
    # Seen from place 0 the keys are 0, 1, 2 away; seen from place 2 they are -2, -1, 0 away.
    expected = torch.tensor([[2, 3, 4], [1, 2, 3], [0, 1, 2]])
    check.close(relative_positions(3, 3, 2).long(), expected)


def test_a_distance_beyond_the_largest_counts_as_the_largest():
    expected = torch.tensor([[1, 2, 2, 2], [0, 1, 2, 2], [0, 0, 1, 2], [0, 0, 0, 1]])
    check.close(relative_positions(4, 4, 1).long(), expected)


def test_a_table_that_is_larger_than_needed_is_still_used_from_its_middle():
    check.close(relative_positions(2, 2, 5).long(), torch.tensor([[5, 6], [4, 5]]))


@pytest.mark.parametrize(("query", "key"), [(1, 4), (2, 5), (4, 5)])
def test_fewer_queries_than_keys_are_the_last_of_them(query, key):
    check.close(relative_positions(query, key, 3).long(), one_at_a_time(query, key, 3))


def test_without_any_distance_all_keys_are_the_same():
    check.close(relative_positions(2, 3, 0).long(), torch.zeros(2, 3, dtype=torch.long))


@given(query=st.integers(1, 6), more=st.integers(0, 4), max_distance=st.integers(0, 7))
def test_agrees_with_one_pair_at_a_time_on_any_sizes(query, more, max_distance):
    found = relative_positions(query, query + more, max_distance)
    check.close(found.long(), one_at_a_time(query, query + more, max_distance))


def test_its_numbers_choose_rows_of_a_table():
    table = torch.tensor([10.0, 20.0, 30.0, 40.0, 50.0])
    expected = torch.tensor([[30.0, 40.0, 50.0], [20.0, 30.0, 40.0], [10.0, 20.0, 30.0]])
    check.close(table[relative_positions(3, 3, 2)], expected)


@pytest.mark.parametrize(("query", "key"), [(4, 3), (7, 2)])
def test_more_queries_than_keys_are_an_error_that_names_both(query, key):
    check.raises(ValueError, relative_positions, query, key, 5, names=(query, key))
