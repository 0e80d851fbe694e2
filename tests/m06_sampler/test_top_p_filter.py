"""top_p_filter keeps the smallest set of tokens whose probabilities reach p.

pytest tests/m06_sampler/test_top_p_filter.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m06_sampler import top_p_filter

INF = torch.inf


def row_by_row(logits, p):
    """Take the likeliest tokens one after another until p is reached."""
    out = torch.full_like(logits, -INF)
    for i, row in enumerate(torch.softmax(logits.double(), -1)):
        reached = 0.0
        for token in row.argsort(descending=True).tolist():
            out[i, token] = logits[i, token]
            reached += row[token].item()
            if reached >= p:
                break
    return out


def test_two_of_four_by_hand():
    logits = torch.tensor([[0.5, 0.3, 0.15, 0.05]]).log()
    expected = torch.tensor([[-0.693147, -1.203973, -INF, -INF]])
    check.close(top_p_filter(logits, 0.7), expected)


def test_the_token_that_crosses_p_stays():
    logits = torch.tensor([[0.5, 0.3, 0.15, 0.05]]).log()
    check.close(top_p_filter(logits, 0.51), row_by_row(logits, 0.51))
    check.close(top_p_filter(logits, 0.79), row_by_row(logits, 0.79))
    check.close(top_p_filter(logits, 0.81), row_by_row(logits, 0.81))


def test_tokens_may_stand_in_any_order():
    logits = torch.tensor([[0.05, 0.3, 0.15, 0.5], [0.3, 0.05, 0.5, 0.15]]).log()
    expected = torch.tensor([[-INF, 0.3, -INF, 0.5], [0.3, -INF, 0.5, -INF]])
    check.close(top_p_filter(logits, 0.7).exp(), expected.clamp(min=0))


def test_each_row_has_a_nucleus_of_its_own():
    logits = torch.tensor([[9.0, 0.0, 1.0], [0.0, 0.1, 0.2], [-30.0, -31.0, -29.0]])
    check.close(top_p_filter(logits, 0.6), row_by_row(logits, 0.6))


@given(
    batch=st.integers(1, 4),
    vocab=st.integers(1, 7),
    p=st.floats(0.05, 0.95),
    seed=st.integers(0, 9),
)
def test_agrees_with_one_token_after_another(batch, vocab, p, seed):
    logits = 2 * check.randn(vocab, batch, seed=seed, dtype=torch.float64).T  # not contiguous
    sums = torch.softmax(logits, -1).sort(-1, descending=True).values.cumsum(-1)
    if ((sums - p).abs() > 1e-4).all():  # at the border rounding may decide
        check.close(top_p_filter(logits, p), row_by_row(logits, p))


@pytest.mark.parametrize(("p", "n_kept"), [(0.75 - 1e-10, 2), (0.75 + 1e-10, 3)])
def test_a_sum_beside_p_that_only_float64_tells_from_it(p, n_kept):
    logits = torch.tensor([[0.5, 0.25, 0.2, 0.05]], dtype=torch.float64).log()
    expected = logits.masked_fill(torch.arange(4) >= n_kept, -INF)
    kept = top_p_filter(logits, p)
    check.close(kept, expected, rtol=1e-12, atol=1e-12, hint="Was float32 used on the way?")


@pytest.mark.parametrize("p", [0.0, 1e-9])
def test_the_likeliest_always_stays(p):
    logits = torch.tensor([[1.0, 3.0, 2.0], [-1.0, -9.0, -0.5]])
    check.close(top_p_filter(logits, p), torch.tensor([[-INF, 3.0, -INF], [-INF, -INF, -0.5]]))


@pytest.mark.parametrize("p", [1.0, 1.5])
def test_one_and_more_keeps_all_even_the_least_likely(p):
    logits = torch.cat([check.randn(2, 500, seed=0), torch.full((2, 3), -200.0)], dim=1)
    filtered = top_p_filter(logits, p)
    check.equal((filtered == -INF).any().item(), False, hint="A token is ruled out.")
    check.close(filtered, logits.clone())
    one_dominates = torch.tensor([[0.0, 30.0, 1.0, -2.0]])  # its probability rounds to 1
    check.close(top_p_filter(one_dominates, p), one_dominates.clone())


def test_one_token_that_dominates_is_left_alone():
    logits = torch.tensor([[0.0, 30.0, 1.0, -2.0]])
    check.close(top_p_filter(logits, 0.99), torch.tensor([[-INF, 30.0, -INF, -INF]]))


def test_of_equal_tokens_no_more_stay_than_are_needed():
    kept = top_p_filter(torch.zeros(2, 5), 0.5) > -INF
    check.close(kept.sum(-1), torch.tensor([3, 3]), hint="Three of five reach 0.6, two only 0.4.")


@pytest.mark.parametrize(("p", "n_kept"), [(0.25, 1), (0.5, 2), (0.75, 3)])
def test_tokens_that_reach_p_exactly_are_enough(p, n_kept):
    kept = top_p_filter(torch.zeros(2, 4), p) > -INF  # 1/4 and their sums are exact
    check.close(kept.sum(-1), torch.tensor([n_kept, n_kept]), hint="Each of four has 0.25.")


def test_the_odds_are_those_that_another_filter_has_left():
    logits = torch.tensor([[0.4, 0.3, 0.2, 0.1]]).log()
    logits[:, 2:] = -INF  # what is left has 4/7 and 3/7
    check.close(top_p_filter(logits, 0.5).exp(), torch.tensor([[0.4, 0.0, 0.0, 0.0]]))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_logits_in_memory_does_not_matter(layout):
    probabilities = [[0.1, 0.4, 0.3, 0.2], [0.7, 0.15, 0.05, 0.1], [0.25, 0.22, 0.35, 0.18]]
    logits = laid_out(torch.tensor(probabilities).log(), layout)
    check.close(top_p_filter(logits, 0.65), row_by_row(logits, 0.65))


def test_works_on_the_device_of_its_logits():
    logits = torch.tensor([[0.05, 0.3, 0.15, 0.5], [0.3, 0.05, 0.5, 0.15]]).log()
    check.close(elsewhere(top_p_filter, logits, 0.7), row_by_row(logits, 0.7))


def test_leaves_its_logits_alone():
    logits = torch.tensor([[1.0, 3.0, 2.0]])
    top_p_filter(logits, 0.5)
    expected = torch.tensor([[1.0, 3.0, 2.0]])
    check.close(logits, expected, hint="top_p_filter never writes to its logits.")
