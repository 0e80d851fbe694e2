"""suggest_lr picks the rate at which the loss falls steepest.

pytest tests/m07_trainer/test_suggest_lr.py
"""

import math

import pytest

from kata import check
from milestones.m07_trainer import suggest_lr

LRS = [10 ** (-5 + i / 4) for i in range(25)]  # 1e-5 to 10


def settled(found, lrs, place):
    """The rate at `place` for whatever is a neighbour of the steepest stretch, else what came."""
    return lrs[place] if found in lrs[place - 1 : place + 3] else found


def valley(place):
    """Losses that fall steepest from `place` to the next, are lowest 7 later, and then explode."""
    fall = [4 - 2 / (1 + math.exp(place + 0.5 - i)) for i in range(25)]
    return [loss + max(0, i - place - 7) ** 2 for i, loss in enumerate(fall)]


def test_five_rates_worked_by_hand():
    lrs, losses = [0.001, 0.01, 0.1, 1.0, 10.0], [4.0, 3.7, 2.2, 2.0, 1.9]
    found = suggest_lr(lrs, losses)
    check.close(0.01 if found == 0.1 else found, 0.01)


@pytest.mark.parametrize("place", [7, 11, 14])
def test_the_steepest_place_and_not_the_lowest(place):
    check.close(settled(suggest_lr(LRS, valley(place)), LRS, place), LRS[place], rtol=1e-6)


def test_the_slope_is_taken_over_the_logarithm_of_the_rate():
    lrs = [10.0**i for i in range(-6, 4)]
    losses = [9.0, 8.9, 8.6, 8.4, 8.2, 4.0, 3.9, 3.8, 3.75, 3.7]
    check.close(settled(suggest_lr(lrs, losses), lrs, 4), lrs[4], rtol=1e-6)


def test_the_fall_is_not_taken_in_proportion_to_the_loss():
    lrs = [10.0**i for i in range(-6, 2)]
    losses = [10.0, 9.6, 6.6, 6.0, 5.5, 3.2, 3.1, 3.0]  # the second fall leaves less of it
    check.close(settled(suggest_lr(lrs, losses), lrs, 1), lrs[1], rtol=1e-6)


def test_rates_need_not_lie_equally_far_apart():
    lrs = [1e-6, 1e-5, 1e-4, 1.1e-4, 1.21e-4, 1.331e-4, 1e-3, 1e-2, 1e-1, 1.0]
    losses = [9.0, 8.9, 8.8, 8.4, 7.4, 7.0, 6.5, 5.0, 3.5, 2.0]
    check.close(settled(suggest_lr(lrs, losses), lrs, 3), lrs[3], rtol=1e-6)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_losses_that_are_not_finite_are_passed_over(bad):
    losses = valley(11)[:20] + [bad] * 5
    check.close(settled(suggest_lr(LRS, losses), LRS, 11), LRS[11], rtol=1e-6)


def test_a_gap_in_the_middle_is_passed_over():
    losses = valley(11)
    losses[4], losses[5] = math.inf, math.nan
    check.close(settled(suggest_lr(LRS, losses), LRS, 11), LRS[11], rtol=1e-6)


def test_after_a_gap_the_rates_still_belong_to_their_losses():
    losses = [math.nan] * 4 + valley(11)[4:]
    check.close(settled(suggest_lr(LRS, losses), LRS, 11), LRS[11], rtol=1e-6)


def test_leaves_the_lists_alone():
    lrs, losses = LRS.copy(), valley(9)
    suggest_lr(lrs, losses)
    check.equal((lrs, losses), (LRS, valley(9)))
