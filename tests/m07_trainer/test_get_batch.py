"""get_batch draws windows at random places of a text, each with what comes next.

pytest tests/m07_trainer/test_get_batch.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m07_trainer import get_batch


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def starts(n, batch_size, context_length, generator):
    """Where each window of a text whose token i is 100 + i begins."""
    inputs, _ = get_batch(torch.arange(100, 100 + n), batch_size, context_length, generator)
    return inputs[:, 0] - 100


def test_a_text_of_one_window_worked_by_hand():
    inputs, targets = get_batch(torch.tensor([5, 3, 8, 1]), 2, 3, seeded(0))
    check.close(inputs, torch.tensor([[5, 3, 8], [5, 3, 8]]))
    check.close(targets, torch.tensor([[3, 8, 1], [3, 8, 1]]))


@given(
    batch=st.integers(1, 4),
    context=st.integers(1, 6),
    more=st.integers(1, 9),
    stride=st.integers(1, 2),
    seed=st.integers(0, 9),
)
def test_inputs_are_consecutive_and_targets_one_place_on(batch, context, more, stride, seed):
    text = torch.arange(stride * (context + more))[::stride]  # may not be contiguous
    inputs, targets = get_batch(text, batch, context, seeded(seed))
    check.equal((tuple(inputs.shape), tuple(targets.shape)), ((batch, context), (batch, context)))
    check.close((targets - inputs).unique(), torch.tensor([stride]))
    steps = (inputs - inputs[:, :1]).unique(dim=0)
    check.close(steps, stride * torch.arange(context).unsqueeze(0))


def test_targets_are_what_the_text_says_and_not_what_follows_in_the_alphabet():
    text = torch.tensor([2, 0, 2, 0, 2, 0, 2, 0])
    inputs, targets = get_batch(text, 5, 3, seeded(1))
    check.close((inputs + targets).unique(), torch.tensor([2]))


def test_every_window_is_drawn_the_first_and_the_last_included():
    check.close(starts(7, 4000, 3, seeded(2)).unique(), torch.arange(4))


def test_every_window_is_equally_likely():
    counts = starts(9, 20_000, 4, seeded(3)).bincount(minlength=5)
    check.close(counts / 20_000, torch.full((5,), 0.2), rtol=0.0, atol=0.02)


def test_each_row_is_drawn_on_its_own():
    generator = seeded(4)
    pairs = {tuple(starts(7, 2, 3, generator).tolist()) for _ in range(400)}
    check.equal(len(pairs), 16, hint="4 places for the first row times 4 for the second.")


def test_a_batch_may_have_more_rows_than_there_are_windows():
    check.equal(tuple(starts(5, 6, 3, seeded(5)).shape), (6,))


def test_the_next_call_draws_another_batch():
    generator = seeded(6)
    one, other = (starts(1000, 5, 3, generator) for _ in range(2))
    check.equal(torch.equal(one, other), False)


def test_the_same_generator_gives_the_same_batch():
    one, other = (starts(1000, 5, 3, seeded(7)) for _ in range(2))
    check.equal(torch.equal(one, other), True)


def test_with_a_generator_pytorchs_own_is_not_touched():
    before = torch.get_rng_state()
    starts(1000, 5, 3, seeded(8))
    check.equal(torch.equal(torch.get_rng_state(), before), True)


def test_without_a_generator_it_draws_from_pytorchs_own():
    state = torch.get_rng_state()
    one, next_one = (starts(1000, 5, 3, None) for _ in range(2))
    torch.set_rng_state(state)
    again = starts(1000, 5, 3, None)
    check.equal((torch.equal(one, again), torch.equal(one, next_one)), (True, False))


@pytest.mark.parametrize("n", [11, 10, 2])
def test_too_little_data_is_an_error_that_names_both_numbers(n):
    check.raises(ValueError, get_batch, torch.arange(n), 3, 11, names=[n, 11])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_text_in_memory_does_not_matter(layout):
    data = laid_out(check.randint(7, 6, 2, seed=1), layout)[:, 1]  # a column of a table
    inputs, targets = get_batch(data, 3, 5, seeded(0))
    check.close(inputs, data[:5].expand(3, 5))
    check.close(targets, data[1:].expand(3, 5))


def test_works_on_the_device_of_its_argument():
    text = torch.tensor([5, 3, 8, 1])
    inputs, targets = elsewhere(lambda data: get_batch(data, 2, 3, seeded(0)), text)
    check.close(inputs, torch.tensor([[5, 3, 8], [5, 3, 8]]))
    check.close(targets, torch.tensor([[3, 8, 1], [3, 8, 1]]))


@pytest.mark.parametrize("dtype", [torch.int16, torch.int32])
def test_the_ids_keep_their_type(dtype):
    text = torch.tensor([500, 300, 800, 100], dtype=dtype)
    inputs, targets = get_batch(text, 2, 3, seeded(0))
    check.close(inputs, text[:3].expand(2, 3))
    check.close(targets, text[1:].expand(2, 3))


def test_a_long_text_is_drawn_from_to_its_end():
    parts = starts(1003, 20_000, 3, seeded(2)) // 250  # a quarter of the 1,000 places each
    check.close(parts.bincount() / 20_000, torch.full((4,), 0.25), rtol=0.0, atol=0.02)


def test_leaves_the_text_alone():
    data = torch.tensor([5, 3, 8, 1, 4])
    get_batch(data, 3, 2, seeded(9))
    check.close(data, torch.tensor([5, 3, 8, 1, 4]))
