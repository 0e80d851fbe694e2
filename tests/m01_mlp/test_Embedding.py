"""Embedding looks up one row of a table for each token.

pytest tests/m01_mlp/test_Embedding.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m01_mlp import Embedding

START = "Each number of `weight` starts as a draw from N(0, 1): look at __init__."


def test_each_token_gets_its_row():
    layer = Embedding(2, 2)
    layer.load_state_dict({"weight": torch.tensor([[1.0, 2.0], [3.0, 4.0]])})
    tokens = torch.tensor([1, 1, 0])
    check.close(layer(tokens), torch.tensor([[3.0, 4.0], [3.0, 4.0], [1.0, 2.0]]))


def test_its_parameter_has_the_name_and_shape_of_nn_embedding():
    shapes = {name: tuple(p.shape) for name, p in Embedding(7, 3).named_parameters()}
    check.equal(shapes, {"weight": (7, 3)})


@given(shape=st.lists(st.integers(1, 3), max_size=3))
def test_agrees_with_pytorch_on_tokens_of_any_shape(shape):
    theirs, layer = nn.Embedding(7, 3).double(), Embedding(7, 3).double()
    state = check.random_state(theirs, seed=1)
    theirs.load_state_dict(state)
    layer.load_state_dict(state)
    tokens = check.randint(7, *shape, seed=0)
    check.close(layer(tokens), theirs(tokens))


@pytest.mark.parametrize("bad", [-1, 5, 6])
def test_an_id_outside_the_vocabulary_is_an_error_that_names_both(bad):
    layer = Embedding(5, 2)
    tokens = torch.tensor([[0, 4], [bad, 1]])
    check.raises(IndexError, layer, tokens, names=(bad, 5))


def test_a_negative_id_is_refused_at_the_beginning_too():
    check.raises(IndexError, Embedding(5, 2), torch.tensor([-2, 1]), names=(-2, 5))


@pytest.mark.parametrize("bad", [7, 5])
def test_of_several_bad_ids_the_first_is_named(bad):
    layer = Embedding(5, 2)
    tokens = torch.tensor([[0, bad], [9, -3], [6, 1]])
    check.raises(IndexError, layer, tokens, names=(bad, 5))


def test_only_the_rows_looked_up_get_a_gradient_once_for_each_use():
    layer = Embedding(4, 2)
    layer(torch.tensor([2, 0, 2])).sum().backward()
    expected = torch.tensor([[1.0, 1.0], [0.0, 0.0], [2.0, 2.0], [0.0, 0.0]])
    check.close(layer.weight.grad, expected)


def test_the_table_starts_standard_normal():
    start = Embedding(300, 200).weight.detach()
    check.close(start.mean().item(), 0.0, atol=0.02, hint=f"This is the mean. {START}")
    check.close(start.std().item(), 1.0, rtol=0.02, hint=f"This is the standard deviation. {START}")
    largest = f"This is the largest absolute value. {START}"
    check.close(start.abs().max().item(), 4.5, rtol=0.2, hint=largest)
    row = f"This is the standard deviation of row 0 alone. {START}"
    check.close(start[0].std().item(), 1.0, rtol=0.3, hint=row)


def test_a_vocabulary_of_more_than_256_is_looked_up_whole():
    layer = Embedding(300, 2)
    weight = check.randn(300, 2, seed=2)
    layer.load_state_dict({"weight": weight})
    tokens = torch.tensor([299, 43, 256, 0, 255, 128])
    check.close(layer(tokens), torch.stack([weight[i] for i in (299, 43, 256, 0, 255, 128)]))


def test_no_tokens_give_no_rows():
    tokens = torch.zeros(2, 0, dtype=torch.long)
    check.close(Embedding(7, 3)(tokens), torch.zeros(2, 0, 3))


def test_float64_keeps_its_sixteen_digits():
    layer = Embedding(4, 3).double()
    weight = check.randn(4, 3, seed=3, dtype=torch.float64)
    layer.load_state_dict({"weight": weight})
    expected = torch.stack([weight[2], weight[0]])
    rows = layer(torch.tensor([2, 0]))
    check.close(rows, expected, rtol=1e-12, atol=1e-12, hint="float32 keeps seven digits.")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_tokens_in_memory_does_not_matter(layout):
    layer = Embedding(7, 5)
    weight = check.randn(7, 5, seed=4)
    layer.load_state_dict({"weight": weight})
    tokens = laid_out(check.randint(7, 2, 3, 4, seed=5), layout)
    check.close(layer(tokens), F.embedding(tokens, weight))


def test_works_on_the_device_of_its_argument():
    layer = Embedding(7, 3)
    weight = check.randn(7, 3, seed=6)
    layer.load_state_dict({"weight": weight})
    tokens = torch.tensor([[6, 0], [2, 2]])
    check.close(elsewhere(layer, tokens), F.embedding(tokens, weight))
