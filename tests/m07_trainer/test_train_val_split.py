"""train_val_split cuts a text in two; the end is for validation.

pytest tests/m07_trainer/test_train_val_split.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m07_trainer import train_val_split


def test_five_tokens_worked_by_hand():
    train, val = train_val_split(torch.tensor([5, 3, 8, 1, 4]), 0.4)
    check.close(train, torch.tensor([5, 3, 8]))
    check.close(val, torch.tensor([1, 4]))


@pytest.mark.parametrize(("n", "fraction", "n_val"), [(13, 0.2, 3), (17, 0.1, 2), (14, 0.1, 1)])
def test_the_length_of_validation_is_rounded_to_the_nearest(n, fraction, n_val):
    _, val = train_val_split(torch.arange(n), fraction)
    check.equal(len(val), n_val)


def test_a_fraction_of_zero_leaves_everything_to_training():
    train, val = train_val_split(torch.tensor([5, 3, 8]), 0.0)
    check.close(train, torch.tensor([5, 3, 8]))
    check.equal(tuple(val.shape), (0,))


@given(n=st.integers(1, 60), percent=st.integers(0, 100), seed=st.integers(0, 9))
def test_the_two_parts_laid_end_to_end_are_the_text(n, percent, seed):
    exact = n * percent / 100
    if abs(exact % 1 - 0.5) > 0.01:  # half a token may be rounded up or down
        data = check.randint(7, n, seed=seed)
        train, val = train_val_split(data, percent / 100)
        check.close(train, data[: n - round(exact)])
        check.close(val, data[n - round(exact) :])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_text_in_memory_does_not_matter(layout):
    data = laid_out(check.randint(7, 11, 2, seed=1), layout)[:, 1]  # a column of a table
    train, val = train_val_split(data, 0.3)
    check.close(train, data[:8])
    check.close(val, data[8:])


@pytest.mark.parametrize("dtype", [torch.int16, torch.int32])
def test_the_ids_keep_their_type(dtype):
    data = torch.arange(300, 311, dtype=dtype)
    check.close(torch.cat(train_val_split(data, 0.3)), data)


def test_leaves_the_text_alone():
    data = torch.tensor([5, 3, 8, 1, 4])
    train_val_split(data, 0.4)
    check.close(data, torch.tensor([5, 3, 8, 1, 4]))
