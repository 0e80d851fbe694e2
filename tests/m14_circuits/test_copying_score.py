"""copying_score is how far left @ right gives back what it gets, by its eigenvalues.

pytest tests/m14_circuits/test_copying_score.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter

from kata import check
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m14_circuits import copying_score
from tests.m14_circuits.oracle import ov, trained_model


def by_the_large_product(left, right):
    eigenvalues = torch.linalg.eigvals(left.double() @ right.double()).tolist()
    return sum(each.real for each in eigenvalues) / sum(map(abs, eigenvalues))


class Largest(TorchDispatchMode):
    """Counts the numbers of the largest tensor that is made."""

    numbers = 0

    @classmethod
    def _should_skip_dynamo(cls):  # whose import takes seconds
        return False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        sizes = [one.numel() for one in tree_iter(made) if isinstance(one, torch.Tensor)]
        self.numbers = max(self.numbers, *sizes, 0)
        return made


@pytest.mark.parametrize(("times", "score"), [(1.0, 1.0), (-1.0, -1.0), (0.5, 1.0), (-3.0, -1.0)])
def test_a_multiple_of_the_identity_copies_or_does_the_opposite(times, score):
    check.close(copying_score(torch.eye(3), times * torch.eye(3)), score)


def test_a_quarter_turn_copies_nothing():
    check.close(copying_score(torch.eye(2), torch.tensor([[0.0, -1.0], [1.0, 0.0]])), 0.0)


def test_an_eighth_of_a_turn_copies_by_its_cosine():
    turn = torch.tensor([[1.0, -1.0], [1.0, 1.0]])  # its eigenvalues are 1 ± i
    check.close(copying_score(turn, 2 * torch.eye(2)), math.sqrt(0.5))


def test_eigenvalues_of_both_signs_worked_by_hand():
    left = torch.tensor([[3.0, 0.0], [0.0, -1.0], [0.0, 0.0]])
    right = torch.tensor([[1.0, 7.0, 9.0], [0.0, 1.0, 8.0]])
    check.close(copying_score(left, right), (3 - 1) / (3 + 1))


def test_what_is_written_elsewhere_copies_nothing():
    left, right = torch.tensor([[1.0], [0.0]]), torch.tensor([[0.0, 5.0]])
    check.close(copying_score(left, right), 0.0, hint="All eigenvalues are 0: the score is, too.")


def test_zeros_copy_nothing():
    check.close(copying_score(torch.zeros(4, 2), torch.ones(2, 4)), 0.0)


@given(n=st.integers(1, 6), d=st.integers(1, 4), seed=st.integers(0, 9))
def test_agrees_with_the_eigenvalues_of_the_large_product(n, d, seed):
    left = check.randn(n, d, seed=seed, dtype=torch.float64)
    right = check.randn(d, n, seed=seed + 10, dtype=torch.float64)
    check.close(copying_score(left, right), by_the_large_product(left, right), atol=1e-6)


def test_the_large_product_is_never_made():
    left, right = check.randn(300, 3, seed=1), check.randn(3, 300, seed=2)
    with Largest() as largest:
        found = copying_score(left, right)
    check.close(found, by_the_large_product(left, right))
    check.equal(largest.numbers < 300 * 300, True, hint="A tensor of 300 × 300 was made.")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    left, right = check.randn(5, 3, seed=3), check.randn(3, 5, seed=4)
    found = copying_score(laid_out(left, layout), laid_out(right, layout))
    check.close(found, by_the_large_product(left, right))


def test_float64_is_float64_throughout():
    left = check.randn(5, 3, seed=5, dtype=torch.float64)
    right = check.randn(3, 5, seed=6, dtype=torch.float64)
    expected = by_the_large_product(left, right)
    check.close(copying_score(left, right), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("layer", "head", "score"), [(1, 0, 0.998), (1, 2, 0.999), (0, 2, -0.949)])
def test_the_heads_that_repeat_a_text_are_those_that_copy(layer, head, score):
    _, w = trained_model()
    found = copying_score(w["token_embedding"] @ ov(w, layer, head), w["unembedding"])
    check.close(found, score, atol=1e-3)
