"""apply_temperature sharpens or flattens the odds.

pytest tests/m06_sampler/test_apply_temperature.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m06_sampler import apply_temperature


def test_a_low_temperature_spreads_the_logits_by_hand():
    logits = torch.tensor([[2.0, 1.0, 0.0], [-1.0, 3.0, 0.5]])
    expected = torch.tensor([[4.0, 2.0, 0.0], [-2.0, 6.0, 1.0]])
    check.close(apply_temperature(logits, 0.5), expected)


def test_a_high_temperature_draws_them_together_by_hand():
    logits = torch.tensor([[2.0, 1.0, 0.0, -4.0]])
    check.close(apply_temperature(logits, 2.0), torch.tensor([[1.0, 0.5, 0.0, -2.0]]))


def test_a_temperature_of_one_changes_nothing():
    logits = check.randn(3, 4, seed=0)
    check.close(apply_temperature(logits, 1.0), logits.clone())


@given(
    temperature=st.floats(0.01, 100),
    batch=st.integers(1, 3),
    vocab=st.integers(1, 5),
    seed=st.integers(0, 9),
)
def test_odds_are_raised_to_the_power_of_one_over_the_temperature(temperature, batch, vocab, seed):
    logits = check.randn(vocab, batch, seed=seed, dtype=torch.float64).T
    expected = [[x / temperature for x in row] for row in logits.tolist()]
    expected = torch.tensor(expected, dtype=torch.float64)
    check.close(apply_temperature(logits, temperature), expected)


def test_a_twentieth_is_a_temperature_like_others():
    logits = torch.tensor([[0.05, 0.0, -0.1], [1.0, 2.0, -3.0]])
    expected = torch.tensor([[1.0, 0.0, -2.0], [20.0, 40.0, -60.0]])
    check.close(apply_temperature(logits, 0.05), expected)


def test_near_zero_one_token_takes_all():
    logits = apply_temperature(torch.tensor([[1.0, 1.5, -2.0]]), 1e-3)
    check.close(torch.softmax(logits, -1), torch.tensor([[0.0, 1.0, 0.0]]))


def test_a_very_high_temperature_makes_all_tokens_alike():
    logits = apply_temperature(torch.tensor([[1.0, 1.5, -2.0, 0.0]]), 1e6)
    check.close(torch.softmax(logits, -1), torch.full((1, 4), 0.25))


def test_what_a_filter_has_ruled_out_stays_out():
    logits = torch.tensor([[1.0, -torch.inf, 3.0]])
    check.close(apply_temperature(logits, 4.0), torch.tensor([[0.25, -torch.inf, 0.75]]))


@pytest.mark.parametrize("temperature", [0.0, -0.5, -2.0, 0])
def test_a_temperature_of_zero_or_below_is_refused(temperature):
    check.raises(ValueError, apply_temperature, torch.tensor([[1.0, 2.0]]), temperature)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_logits_in_memory_does_not_matter(layout):
    logits = laid_out(check.randn(3, 4, seed=1), layout)
    expected = torch.tensor([[x / 0.4 for x in row] for row in logits.tolist()])
    check.close(apply_temperature(logits, 0.4), expected)


def test_in_float64_twelve_digits_are_right():
    logits = torch.tensor([[0.1, -0.2, 0.7]], dtype=torch.float64)
    expected = torch.tensor([[0.1 / 0.3, -0.2 / 0.3, 0.7 / 0.3]], dtype=torch.float64)
    tempered = apply_temperature(logits, 0.3)
    check.close(tempered, expected, rtol=1e-12, atol=1e-12, hint="Was float32 used on the way?")


def test_works_on_the_device_of_its_logits():
    logits = torch.tensor([[2.0, 1.0, 0.0]])
    check.close(elsewhere(apply_temperature, logits, 0.5), torch.tensor([[4.0, 2.0, 0.0]]))


def test_leaves_its_logits_alone():
    logits = torch.tensor([[1.0, 2.0]])
    apply_temperature(logits, 0.5)
    expected = torch.tensor([[1.0, 2.0]])
    check.close(logits, expected, hint="apply_temperature never writes to its logits.")
