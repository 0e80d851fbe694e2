"""frequency_penalty lowers a logit for each time that the row has used the token.

pytest tests/m06_sampler/test_frequency_penalty.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m06_sampler import frequency_penalty


def test_one_use_and_two_by_hand():
    logits = torch.tensor([[5.0, 5.0, 5.0]])
    tokens = torch.tensor([[0, 2, 2]])
    check.close(frequency_penalty(logits, tokens, 1.5), torch.tensor([[3.5, 5.0, 2.0]]))


def test_each_row_counts_its_own_tokens():
    logits = torch.tensor([[1.0, 2.0, 3.0, 4.0], [-1.0, 0.0, 2.0, -3.0]])
    tokens = torch.tensor([[1, 1, 1], [3, 0, 3]])
    expected = torch.tensor([[1.0, 0.5, 3.0, 4.0], [-1.5, 0.0, 2.0, -4.0]])
    check.close(frequency_penalty(logits, tokens, 0.5), expected)


def test_a_negative_penalty_invites_repetition():
    logits = torch.tensor([[1.0, -2.0]])
    tokens = torch.tensor([[1, 1, 0, 1]])
    check.close(frequency_penalty(logits, tokens, -2.0), torch.tensor([[3.0, 4.0]]))


def test_no_penalty_and_no_tokens_change_nothing():
    logits = check.randn(2, 4, seed=0)
    check.close(frequency_penalty(logits, torch.tensor([[0, 1], [2, 2]]), 0.0), logits.clone())
    none = torch.zeros(2, 0, dtype=torch.long)
    check.close(frequency_penalty(logits, none, 1.0), logits.clone())


@given(
    batch=st.integers(1, 3),
    seq=st.integers(1, 6),
    vocab=st.integers(1, 5),
    penalty=st.floats(-2, 2),
    seed=st.integers(0, 9),
)
def test_agrees_with_one_token_at_a_time(batch, seq, vocab, penalty, seed):
    logits = check.randn(vocab, batch, seed=seed, dtype=torch.float64).T  # not contiguous
    tokens = check.randint(vocab, batch, seq, seed=seed)
    expected = logits.clone()
    for row, text in enumerate(tokens.tolist()):
        for token in text:
            expected[row, token] -= penalty
    check.close(frequency_penalty(logits, tokens, penalty), expected)


def test_what_a_filter_has_ruled_out_stays_out():
    logits = torch.tensor([[-torch.inf, 1.0, -torch.inf]])
    tokens = torch.tensor([[0, 0, 1]])
    expected = torch.tensor([[-torch.inf, 0.0, -torch.inf]])
    check.close(frequency_penalty(logits, tokens, 1.0), expected)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_logits_and_tokens_in_memory_does_not_matter(layout):
    logits = laid_out(check.randn(3, 4, seed=1), layout)
    tokens = laid_out(torch.tensor([[0, 2, 2, 3, 0], [1, 1, 0, 1, 3], [3, 2, 0, 0, 0]]), layout)
    expected = logits.clone()
    for row, text in enumerate(tokens.tolist()):
        for token in text:
            expected[row, token] -= 0.75
    check.close(frequency_penalty(logits, tokens, 0.75), expected)


def test_in_float64_twelve_digits_are_right():
    logits = torch.tensor([[0.1, 0.2, 0.3]], dtype=torch.float64)
    expected = torch.tensor([[0.1 - 0.75, 0.2, 0.3 - 1.5]], dtype=torch.float64)
    lowered = frequency_penalty(logits, torch.tensor([[0, 2, 2]]), 0.75)  # exact in float32, too
    check.close(lowered, expected, rtol=1e-12, atol=1e-12, hint="Was float32 used on the way?")


def test_works_on_the_device_of_its_logits():
    logits, tokens = torch.tensor([[5.0, 5.0, 5.0]]), torch.tensor([[0, 2, 2]])
    expected = torch.tensor([[3.5, 5.0, 2.0]])
    check.close(elsewhere(frequency_penalty, logits, tokens, 1.5), expected)


def test_leaves_its_logits_alone():
    logits = torch.tensor([[1.0, 2.0]])
    frequency_penalty(logits, torch.tensor([[1, 1, 0]]), 1.0)
    expected = torch.tensor([[1.0, 2.0]])
    check.close(logits, expected, hint="frequency_penalty never writes to its arguments.")


def test_leaves_its_tokens_alone():
    tokens = torch.tensor([[1, 0, 1]])
    frequency_penalty(torch.tensor([[1.0, 2.0]]), tokens, 1.0)
    expected = torch.tensor([[1, 0, 1]])
    check.close(tokens, expected, hint="frequency_penalty never writes to its arguments.")
