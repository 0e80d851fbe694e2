"""top_k_filter keeps the k largest logits of each row, the rest become -inf.

pytest tests/m06_sampler/test_top_k_filter.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m06_sampler import top_k_filter

INF = torch.inf


def test_two_of_four_by_hand():
    logits = torch.tensor([[1.0, 4.0, 2.0, 3.0]])
    check.close(top_k_filter(logits, 2), torch.tensor([[-INF, 4.0, -INF, 3.0]]))


def test_each_row_has_a_k_th_of_its_own():
    logits = torch.tensor(
        [[1.0, 4.0, 2.0, 3.0], [-30.0, -20.0, -50.0, -40.0], [9.0, 8.0, 7.0, 6.0]]
    )
    expected = [[-INF, 4.0, 2.0, 3.0], [-30.0, -20.0, -INF, -40.0], [9.0, 8.0, 7.0, -INF]]
    check.close(top_k_filter(logits, 3), torch.tensor(expected))


def test_one_leaves_the_likeliest():
    logits = torch.tensor([[0.5, -1.0, 2.0], [-3.0, -1.0, -2.0]])
    check.close(top_k_filter(logits, 1), torch.tensor([[-INF, -INF, 2.0], [-INF, -1.0, -INF]]))


@pytest.mark.parametrize("k", [4, 5, 100])
def test_the_whole_vocabulary_and_more_keeps_all(k):
    logits = torch.tensor([[1.0, 4.0, 2.0, 3.0], [-1.0, 0.0, -2.0, -3.0]])
    check.close(top_k_filter(logits, k), logits.clone())


@given(
    batch=st.integers(1, 4), vocab=st.integers(1, 6), k=st.integers(1, 7), seed=st.integers(0, 9)
)
def test_agrees_with_sorting_one_row_at_a_time(batch, vocab, k, seed):
    logits = check.randn(vocab, batch, seed=seed, dtype=torch.float64).T  # not contiguous
    expected = logits.clone()
    for row in expected:
        row[row.argsort(descending=True)[k:]] = -INF
    check.close(top_k_filter(logits, k), expected)


def test_in_float64_twelve_digits_are_right():
    logits = torch.tensor([[0.1, 0.1 + 1e-10, 0.1 - 1e-10, 0.3]], dtype=torch.float64)
    expected = torch.tensor([[-INF, 0.1 + 1e-10, -INF, 0.3]], dtype=torch.float64)
    kept = top_k_filter(logits, 2)
    check.close(kept, expected, rtol=1e-12, atol=1e-12, hint="Was float32 used on the way?")


def test_as_many_rows_as_tokens():
    logits = torch.tensor([[1.0, 2.0, 9.0], [4.0, 6.0, 5.0], [8.0, 3.0, 7.0]])
    expected = [[-INF, 2.0, 9.0], [-INF, 6.0, 5.0], [8.0, -INF, 7.0]]
    check.close(top_k_filter(logits, 2), torch.tensor(expected))


def test_of_equals_at_the_border_any_may_stay_but_k_do():
    kept = top_k_filter(torch.tensor([[3.0, 2.0, 2.0, 1.0, 2.0]]), 2) > -INF
    check.equal(tuple(kept.shape), (1, 5))
    check.close(kept[:, [0, 3]], torch.tensor([[True, False]]))
    check.equal(bool(kept.sum() >= 2), True, hint="Fewer than k tokens are left.")


def test_equals_above_the_border_count_one_by_one():
    logits = torch.tensor([[1.0, 3.0, 2.0, 3.0], [0.0, 0.0, 0.0, -1.0]])
    expected = torch.tensor([[-INF, 3.0, -INF, 3.0], [0.0, 0.0, 0.0, -INF]])
    check.close(top_k_filter(logits[:1], 2), expected[:1])
    check.close(top_k_filter(logits[1:], 3), expected[1:])


def test_what_another_filter_has_ruled_out_stays_out():
    logits = torch.tensor([[-INF, 1.0, 2.0, -INF], [3.0, 1.0, -INF, 2.0]])
    expected = torch.tensor([[-INF, 1.0, 2.0, -INF], [3.0, -INF, -INF, 2.0]])
    check.close(top_k_filter(logits, 2), expected)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_logits_in_memory_does_not_matter(layout):
    logits = laid_out(check.randn(3, 5, seed=1), layout)
    rows = [[x if x >= sorted(row)[-2] else -INF for x in row] for row in logits.tolist()]
    check.close(top_k_filter(logits, 2), torch.tensor(rows))


def test_works_on_the_device_of_its_logits():
    logits = torch.tensor([[1.0, 4.0, 2.0, 3.0], [8.0, 7.0, 6.0, 9.0]])
    expected = torch.tensor([[-INF, 4.0, -INF, 3.0], [8.0, -INF, -INF, 9.0]])
    check.close(elsewhere(top_k_filter, logits, 2), expected)


def test_leaves_its_logits_alone():
    logits = torch.tensor([[1.0, 3.0, 2.0]])
    top_k_filter(logits, 1)
    expected = torch.tensor([[1.0, 3.0, 2.0]])
    check.close(logits, expected, hint="top_k_filter never writes to its logits.")
