"""composition_score is how much of what a head writes a later head reads.

pytest tests/m14_circuits/test_composition_score.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m14_circuits import composition_score
from tests.m14_circuits.oracle import ov, trained_model


def size(matrix):
    return math.sqrt(sum(number**2 for row in matrix.tolist() for number in row))


def number_by_number(writer, reader):
    rows, columns = writer.double().tolist(), reader.double().T.tolist()
    product = [
        [sum(a * b for a, b in zip(row, column, strict=True)) for column in columns] for row in rows
    ]
    return size(torch.tensor(product, dtype=torch.float64)) / (size(writer) * size(reader))


def test_what_writes_and_what_reads_one_direction_compose_fully():
    writer = torch.outer(torch.tensor([1.0, 2.0, 2.0]), torch.tensor([0.0, 3.0, 4.0]))
    reader = torch.outer(torch.tensor([0.0, 3.0, 4.0]), torch.tensor([5.0, 0.0, 0.0]))
    check.close(composition_score(writer, reader), 1.0)


def test_what_nothing_reads_does_not_compose():
    writer = torch.outer(torch.tensor([1.0, 2.0, 2.0]), torch.tensor([0.0, 3.0, 4.0]))
    reader = torch.outer(torch.tensor([0.0, 4.0, -3.0]), torch.tensor([1.0, 2.0, 2.0]))
    check.close(composition_score(writer, reader), 0.0)


def test_two_matrices_worked_by_hand():
    writer = torch.tensor([[1.0, 2.0], [2.0, 0.0]])  # of size 3
    reader = torch.tensor([[0.0, 0.0], [3.0, 4.0]])  # of size 5
    # Their product is [[6, 8], [0, 0]], of size 10.
    check.close(composition_score(writer, reader), 10 / 15)


def test_two_identities_do_not_compose_fully():
    check.close(composition_score(torch.eye(4), torch.eye(4)), 0.5)


@pytest.mark.parametrize("zero", ["writer", "reader"])
def test_a_head_that_does_nothing_composes_with_nothing(zero):
    matrices = {"writer": torch.ones(3, 3), "reader": torch.ones(3, 3), zero: torch.zeros(3, 3)}
    check.close(composition_score(**matrices), 0.0)


@given(d=st.integers(1, 5), times=st.sampled_from([1e-3, 1.0, 40.0]), seed=st.integers(0, 9))
def test_agrees_with_one_number_at_a_time(d, times, seed):
    writer = times * check.randn(d, d, seed=seed, dtype=torch.float64)
    reader = check.randn(d, d, seed=seed + 10, dtype=torch.float64)
    expected = number_by_number(writer, reader)
    check.close(composition_score(writer, reader), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    writer, reader = check.randn(3, 3, seed=1), check.randn(3, 3, seed=2)
    found = composition_score(laid_out(writer, layout), laid_out(reader, layout))
    check.close(found, number_by_number(writer, reader))


@pytest.mark.parametrize(("writer", "score"), [(0, 0.1314), (2, 0.2332)])
def test_of_a_trained_layer_the_head_that_looks_back_is_read_most(writer, score):
    _, w = trained_model()
    reader = w["w_k"][1, 0] @ w["w_q"][1, 0].T  # by the keys of an induction head
    check.close(composition_score(ov(w, 0, writer), reader), score, atol=1e-3)
