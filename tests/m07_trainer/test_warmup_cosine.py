"""warmup_cosine is the learning rate of each step: up, down, level.

pytest tests/m07_trainer/test_warmup_cosine.py
"""

import math

import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from milestones.m07_trainer import warmup_cosine


def rates(steps, *arguments):
    return torch.tensor([warmup_cosine(step, *arguments) for step in steps], dtype=torch.float64)


def expect(*values):
    return torch.tensor(values, dtype=torch.float64)


def test_seven_steps_worked_by_hand():
    found = rates(range(7), 1.0, 0.0, 2, 6)
    check.close(found, expect(0, 0.5, 1, 0.853553, 0.5, 0.146447, 0))


def test_the_warm_up_is_a_straight_line_from_zero():
    check.close(rates(range(5), 0.8, 0.1, 4, 20), expect(0, 0.2, 0.4, 0.6, 0.8))


def test_the_warm_up_ends_at_the_top_and_the_next_step_is_below():
    found = rates([9, 10, 11], 2.0, 0.5, 10, 40)
    top = 0.5 + 0.75 * (1 + math.cos(math.pi / 30))
    check.close(found, expect(1.8, 2.0, top), rtol=1e-9)


def test_without_warm_up_it_starts_at_the_top():
    check.close(rates([0, 2, 4], 1.0, 0.2, 0, 4), expect(1.0, 0.6, 0.2))


def test_halfway_down_it_is_halfway_between():
    check.close(warmup_cosine(30, 1.0, 0.2, 10, 50), 0.6)


def test_the_last_steps_reach_the_lowest_rate_and_stay_there():
    bottom = 0.1 + 0.45 * (1 + math.cos(math.pi * 19 / 20))
    found = rates([24, 25, 26, 40, 45, 1000], 1.0, 0.1, 5, 25)
    check.close(found, expect(bottom, 0.1, 0.1, 0.1, 0.1, 0.1), rtol=1e-9)


def test_it_can_be_all_warm_up():
    check.close(rates([0, 3, 4, 5], 1.0, 0.1, 4, 4), expect(0, 0.75, 0.1, 0.1))


@given(
    step=st.integers(0, 60),
    max_lr=st.sampled_from([1.0, 3e-4]),
    ratio=st.sampled_from([0.0, 0.1, 1.0]),
    warmup=st.integers(0, 20),
    total=st.integers(21, 50),
)
def test_agrees_with_the_equation(step, max_lr, ratio, warmup, total):
    min_lr = ratio * max_lr
    progress = (min(step, total) - warmup) / (total - warmup)
    cosine = min_lr + (max_lr - min_lr) * (1 + math.cos(math.pi * progress)) / 2
    expected = max_lr * step / warmup if step < warmup else cosine
    check.close(warmup_cosine(step, max_lr, min_lr, warmup, total), expected, atol=1e-12)


def test_is_a_python_float():
    check.equal(type(warmup_cosine(3, 1.0, 0.5, 2, 8)), float)
