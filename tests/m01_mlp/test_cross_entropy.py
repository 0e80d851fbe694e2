"""cross_entropy is the mean surprise of a model at what came next.

pytest tests/m01_mlp/test_cross_entropy.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m01_mlp import cross_entropy


def test_one_guess_worked_by_hand():
    logits = torch.tensor([[0.0, math.log(3)]])
    targets = torch.tensor([1])
    check.close(cross_entropy(logits, targets), torch.tensor(-math.log(0.75)))


def test_equal_scores_cost_the_logarithm_of_the_vocabulary():
    logits = torch.zeros(3, 5)
    targets = torch.tensor([0, 2, 4])
    check.close(cross_entropy(logits, targets), torch.tensor(math.log(5)))


def test_a_batch_costs_the_mean_of_its_rows():
    logits = check.randn(4, 7, seed=0)
    targets = check.randint(7, 4, seed=1)
    check.close(cross_entropy(logits, targets), F.cross_entropy(logits, targets))


def test_the_mean_is_over_every_target_whatever_the_leading_axes():
    logits = check.randn(2, 3, 5, seed=2)
    targets = check.randint(5, 2, 3, seed=3)
    expected = F.cross_entropy(logits.reshape(6, 5), targets.reshape(6))
    check.close(cross_entropy(logits, targets), expected)


def test_large_equal_logits_do_not_overflow():
    logits = torch.tensor([[1e4, 1e4]])
    targets = torch.tensor([0])
    check.close(cross_entropy(logits, targets), torch.tensor(math.log(2)), atol=1e-3)


def test_a_row_of_tiny_logits_is_not_lost_beside_a_row_of_huge_ones():
    logits = torch.tensor([[1e4, 1e4], [-1e4, -1e4]])
    targets = torch.tensor([0, 1])
    check.close(cross_entropy(logits, targets), torch.tensor(math.log(2)), atol=1e-3)


def test_being_surely_wrong_costs_the_gap_and_not_infinity():
    logits = torch.tensor([[0.0, -200.0], [0.0, -1e4]])
    targets = torch.tensor([1, 1])
    check.close(cross_entropy(logits, targets), torch.tensor(5100.0))


@pytest.mark.parametrize(
    "row", [[90.0, 89.0, 0.0], [200.0, 199.0, -200.0], [-200.0, -201.0, -600.0]]
)
def test_only_the_differences_of_the_logits_count(row):
    logits, targets = torch.tensor([row]), torch.tensor([1])
    check.close(cross_entropy(logits, targets), torch.tensor(math.log(1 + math.e)))


@given(rows=st.integers(1, 4), vocab=st.integers(1, 6), seed=st.integers(0, 9))
def test_agrees_with_pytorch_on_any_size(rows, vocab, seed):
    logits = 5 * check.randn(vocab, rows, seed=seed, dtype=torch.float64).T
    targets = check.randint(vocab, rows, seed=seed)
    check.close(cross_entropy(logits, targets), F.cross_entropy(logits, targets))


def test_its_gradient_is_the_softmax_minus_the_target():
    logits = check.randn(3, 4, seed=4).requires_grad_()
    targets = torch.tensor([0, 3, 1])
    cross_entropy(logits, targets).backward()
    expected = (torch.softmax(logits, -1) - F.one_hot(targets, 4)) / 3
    check.close(logits.grad, expected)


def test_leaves_its_arguments_alone():
    logits = torch.tensor([[1.0, 2.0]])
    cross_entropy(logits, torch.tensor([0]))
    check.close(
        logits, torch.tensor([[1.0, 2.0]]), hint="cross_entropy never writes to its arguments."
    )


def test_float64_keeps_its_sixteen_digits():
    logits = check.randn(3, 4, seed=5, dtype=torch.float64)
    targets = torch.tensor([0, 3, 1])
    expected = F.cross_entropy(logits, targets)
    hint = "Nothing is added to the sum, and nothing passes through float32 (seven digits)."
    check.close(cross_entropy(logits, targets), expected, rtol=1e-12, atol=1e-12, hint=hint)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_logits_in_memory_does_not_matter(layout):
    logits = laid_out(check.randn(2, 3, 5, seed=6), layout)
    targets = check.randint(5, 2, 3, seed=7)
    expected = F.cross_entropy(logits.reshape(6, 5), targets.reshape(6))
    check.close(cross_entropy(logits, targets), expected)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_targets_in_memory_does_not_matter(layout):
    logits = check.randn(2, 3, 5, seed=6)
    targets = laid_out(check.randint(5, 2, 3, seed=7), layout)
    expected = F.cross_entropy(logits.reshape(6, 5), targets.reshape(6))
    check.close(cross_entropy(logits, targets), expected)


def test_works_on_the_device_of_its_arguments():
    logits, targets = check.randn(3, 4, seed=8), torch.tensor([0, 3, 1])
    expected = F.cross_entropy(logits, targets)
    check.close(elsewhere(cross_entropy, logits, targets), expected)
