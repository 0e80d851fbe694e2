"""padding_mask tells real tokens from those that only fill up the row.

pytest tests/m02_self_attention/test_padding_mask.py
"""

import pytest
import torch

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m02_self_attention import padding_mask


def test_two_rows_worked_by_hand():
    tokens = torch.tensor([[5, 3, 0], [7, 0, 0]])
    expected = torch.tensor([[True, True, False], [True, False, False]])
    check.close(padding_mask(tokens, 0), expected)


def test_padding_is_the_id_it_is_told():
    tokens = torch.tensor([[2, 0, 9, 4, 4]])
    check.close(padding_mask(tokens, 4), torch.tensor([[True, True, True, False, False]]))


def test_padding_can_stand_in_front_or_in_the_middle():
    tokens = torch.tensor([[0, 0, 6, 2], [3, 0, 8, 0]])
    expected = torch.tensor([[False, False, True, True], [True, False, True, False]])
    check.close(padding_mask(tokens, 0), expected)


def test_a_row_can_be_all_padding_or_none():
    tokens = torch.tensor([[1, 1], [2, 3]])
    check.close(padding_mask(tokens, 1), torch.tensor([[False, False], [True, True]]))


@pytest.mark.parametrize(("batch", "seq", "pad_id"), [(1, 5, 0), (4, 1, 1), (3, 7, 2)])
def test_agrees_with_one_token_at_a_time_on_any_size(batch, seq, pad_id):
    tokens = check.randint(4, batch, seq, seed=0)
    expected = [[token != pad_id for token in row] for row in tokens.tolist()]
    check.close(padding_mask(tokens, pad_id), torch.tensor(expected))


def test_large_ids_are_told_apart():
    tokens = torch.tensor([[256, 50255, 50256, 50257, 0, 2**24 + 1]])
    expected = [[True, True, False, True, True, True]]
    check.close(padding_mask(tokens, 50256), torch.tensor(expected))
    check.close(padding_mask(tokens, 0), torch.tensor([[True] * 4 + [False, True]]))
    check.close(padding_mask(tokens, 2**24), torch.ones(1, 6, dtype=torch.bool))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    tokens = laid_out(check.randint(3, 4, 7, seed=1), layout)
    expected = [[token != 2 for token in row] for row in tokens.tolist()]
    check.close(padding_mask(tokens, 2), torch.tensor(expected))


def test_works_on_the_device_of_its_argument():
    tokens = torch.tensor([[5, 3, 0], [7, 0, 0]])
    expected = torch.tensor([[True, True, False], [True, False, False]])
    check.close(elsewhere(padding_mask, tokens, 0), expected)


def test_leaves_its_argument_alone():
    tokens = torch.tensor([[5, 3, 0]])
    padding_mask(tokens, 3)
    check.close(tokens, torch.tensor([[5, 3, 0]]), hint="padding_mask never writes to tokens.")
