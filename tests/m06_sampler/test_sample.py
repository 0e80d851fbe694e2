"""sample draws one token for each row, by its probability.

Where tokens are drawn, the bounds are such that correct code fails once in 10⁹ seeds at most.

pytest tests/m06_sampler/test_sample.py
"""

import math

import pytest
import torch

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m06_sampler import sample

N = 4000  # rows drawn at once: a share of them is off by 0.0079 (one standard deviation) or less
FAR = 0.052  # 6.5 of these


def shares(tokens, vocab):
    """How often each token was drawn."""
    return torch.bincount(tokens, minlength=vocab) / len(tokens)


def generator(seed):
    return torch.Generator().manual_seed(seed)


def test_three_of_four_draws_by_hand():
    logits = torch.tensor([[math.log(3), 0.0]]).expand(N, 2)
    drawn = sample(logits, generator(0))
    check.close(shares(drawn, 2), torch.tensor([0.75, 0.25]), atol=FAR)


def test_a_small_lead_makes_a_small_difference():
    logits = torch.tensor([[0.6, 0.2]]).expand(N, 2)
    drawn = sample(logits, generator(14))
    check.close(shares(drawn, 2), torch.softmax(logits[0], -1), atol=FAR)  # 0.60 and 0.40


def test_the_result_holds_one_token_id_for_each_row():
    logits = torch.tensor([[0.0, 90.0, 0.0], [90.0, 0.0, 0.0]]).repeat(30, 1)
    drawn = sample(logits, generator(0))
    check.equal(tuple(drawn.shape), (60,))
    check.equal(torch.equal(drawn, torch.tensor([1, 0]).repeat(30)), True)


def test_a_batch_of_one_stays_a_batch():
    drawn = sample(torch.tensor([[0.0, 0.0, 90.0]]), generator(0))
    check.equal(tuple(drawn.shape), (1,))


def test_shares_follow_the_softmax_by_a_chi_square_test():
    logits = 1.5 * check.randn(5, 1, seed=6, dtype=torch.float64).T.expand(N, 5)
    expected = N * torch.softmax(logits[0], -1)
    found = N * shares(sample(logits, generator(1)), 5)
    chi_square = ((found - expected).square() / expected).sum().item()
    # With 4 degrees of freedom it is above 55 in exp(-27.5) * 28.5 = 3e-11 of all cases.
    check.equal(chi_square < 55, True, hint=f"The draws are not the softmax's: {chi_square:.0f}.")


def test_many_unlikely_tokens_are_likely_together():
    logits = torch.tensor([[2.2] + 12 * [0.0]]).expand(N, 13)
    drawn = sample(logits, generator(13))
    expected = torch.softmax(logits[0], -1)  # 0.43, and 0.05 for each of the twelve
    check.close(shares(drawn, 13), expected, atol=FAR)


def test_each_row_is_drawn_from_its_own_logits():
    logits = torch.tensor([[2.0, 0.0, -1.0], [-3.0, 1.0, 1.0]]).repeat_interleave(N, dim=0)
    drawn = sample(logits, generator(2))
    check.close(shares(drawn[:N], 3), torch.softmax(logits[0], -1), atol=FAR)
    check.close(shares(drawn[N:], 3), torch.softmax(logits[-1], -1), atol=FAR)


def test_what_is_ruled_out_is_never_drawn():
    logits = torch.tensor([[-torch.inf, 1.0, -torch.inf, 1.0]]).expand(N, 4)
    drawn = sample(logits, generator(3))
    check.equal(sorted(set(drawn.tolist())), [1, 3])


def test_large_logits_are_no_trouble():
    logits = torch.tensor([[1000.0, 1000.0, -1000.0]]).expand(N, 3)
    drawn = sample(logits, generator(4))
    check.close(shares(drawn, 3), torch.tensor([0.5, 0.5, 0.0]), atol=FAR)


def test_equal_generators_draw_the_same():
    logits = torch.zeros(64, 100)
    first, second = sample(logits, generator(5)), sample(logits, generator(5))
    check.equal(torch.equal(first, second), True, hint="All randomness comes from the generator.")


def test_other_generators_draw_others():
    logits = torch.zeros(64, 100)
    first, second = sample(logits, generator(5)), sample(logits, generator(6))
    check.equal(torch.equal(first, second), False, hint="The generator's seed changes nothing.")


def test_a_generator_goes_on():
    logits, going_on = torch.zeros(64, 100), generator(7)
    first, second = sample(logits, going_on), sample(logits, going_on)
    check.equal(torch.equal(first, second), False, hint="The second call draws as the first did.")


def test_without_a_generator_it_draws_too():
    logits = torch.zeros(64, 100)
    first, second = sample(logits), sample(logits)
    check.equal(torch.equal(first, second), False, hint="The second call draws as the first did.")


def test_torch_s_own_randomness_is_left_alone_where_a_generator_is_given():
    before = torch.get_rng_state()
    sample(torch.zeros(3, 100), generator(8))
    check.equal(torch.equal(torch.get_rng_state(), before), True)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_logits_in_memory_does_not_matter(layout):
    logits = torch.tensor([[0.0, 90.0, 0.0, 0.0], [90.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 90.0]])
    drawn = sample(laid_out(logits.repeat(N, 1), layout), generator(10)).view(N, 3)
    for row, leader in enumerate([1, 0, 3]):
        check.close(shares(drawn[:, row], 4), torch.eye(4)[leader], atol=FAR)
        check.equal(set(drawn[:, row].tolist()) == {leader}, True, hint="Nothing else is likely.")


def test_works_on_the_device_of_its_logits():
    logits = torch.tensor([[0.0, 90.0, 0.0], [90.0, 0.0, 0.0]]).repeat(N, 1)
    drawn = elsewhere(sample, logits, generator(11)).view(N, 2)
    for row, leader in enumerate([1, 0]):
        check.close(shares(drawn[:, row], 3), torch.eye(3)[leader], atol=FAR)
        check.equal(set(drawn[:, row].tolist()) == {leader}, True, hint="Nothing else is likely.")


def test_a_batch_without_rows_has_no_tokens():
    check.close(sample(torch.zeros(0, 3), generator(12)), torch.zeros(0, dtype=torch.long))


def test_leaves_its_logits_alone():
    logits = torch.tensor([[1.0, -3.0, 2.0]])
    sample(logits, generator(9))
    check.close(logits, torch.tensor([[1.0, -3.0, 2.0]]), hint="sample never writes to its logits.")
