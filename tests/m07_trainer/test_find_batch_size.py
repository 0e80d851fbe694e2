"""find_batch_size finds the largest batch that fits into memory.

pytest tests/m07_trainer/test_find_batch_size.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from milestones.m07_trainer import find_batch_size


class Memory:
    """A try_step that fits up to `room`; remembers what was tried."""

    def __init__(self, room):
        self.room, self.tried = room, []

    def __call__(self, size):
        if len(self.tried) > 4000:
            raise AssertionError("4,000 sizes were tried without an end")
        self.tried.append(size)
        if size > self.room:
            raise torch.OutOfMemoryError(f"{size} does not fit")
        return size


def test_eleven_fit_worked_by_hand():
    check.equal(find_batch_size(Memory(11)), 11)


@given(room=st.integers(1, 70), start=st.integers(1, 70), limit=st.integers(1, 60))
def test_it_is_the_largest_that_fits_from_any_start(room, start, limit):
    check.equal(find_batch_size(Memory(room), start, limit), min(room, limit))


@pytest.mark.parametrize("room", [1, 2, 15, 16, 17, 31])
def test_powers_of_two_are_not_enough(room):
    check.equal(find_batch_size(Memory(room), 4), room)


def test_the_first_failure_is_not_the_end():
    check.equal(find_batch_size(Memory(5), start=64), 5)


def test_the_first_size_tried_is_the_start_and_one_where_none_is_given():
    guessed, plain = Memory(40), Memory(40)
    find_batch_size(guessed, 7)
    find_batch_size(plain)
    check.equal((guessed.tried[0], plain.tried[0]), (7, 1))


def test_where_everything_fits_it_is_the_limit():
    check.equal(find_batch_size(Memory(10**6), 3, 50), 50)


def test_the_limit_is_1024_where_none_is_given():
    check.equal(find_batch_size(Memory(10**6)), 1024)


def test_no_size_beyond_the_limit_or_below_one_is_tried():
    memory = Memory(100)
    find_batch_size(memory, 7, 40)
    small = Memory(1)
    find_batch_size(small, 7, 40)
    check.equal((max(memory.tried), min(small.tried)), (40, 1))


def test_a_start_beyond_the_limit_is_no_way_round_it():
    memory = Memory(100)
    check.equal(find_batch_size(memory, 64, 40), 40)
    check.equal(max(memory.tried), 40)


def test_where_not_even_one_fits_it_says_so():
    try:
        found = str(find_batch_size(Memory(0), 8))
    except NotImplementedError:
        raise
    except RuntimeError as error:
        found = type(error).__name__
    check.equal(found, "RuntimeError")


class Broken(RuntimeError):
    """As much a RuntimeError as the lack of memory is."""


@pytest.mark.parametrize("kind", [ValueError, Broken, KeyError])
def test_other_errors_pass_through(kind):
    def try_step(size):
        if size > 5:
            raise kind("something else")

    check.raises(kind, find_batch_size, try_step)


def test_what_try_step_returns_does_not_matter():
    check.equal(find_batch_size(lambda size: False, 1, 6), 6)
