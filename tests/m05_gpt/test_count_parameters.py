"""count_parameters counts the numbers that a model holds.

pytest tests/m05_gpt/test_count_parameters.py
"""

import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from kata import check
from milestones.m05_gpt import GPT, GPTConfig, count_parameters


def test_a_linear_layer_worked_by_hand():
    model = nn.Linear(3, 2)
    check.equal(count_parameters(model), 8)


def test_parts_within_parts_count():
    model = nn.Sequential(nn.Linear(3, 5), nn.Sequential(nn.ReLU(), nn.Linear(5, 2, bias=False)))
    check.equal(count_parameters(model), 3 * 5 + 5 + 5 * 2)


def test_tied_weights_count_once():
    model = nn.Sequential(nn.Embedding(7, 4), nn.Linear(4, 7))
    model[1].weight = model[0].weight
    check.equal(count_parameters(model), 7 * 4 + 7)


def test_equal_weights_that_are_not_tied_count_twice():
    model = nn.Sequential(nn.LayerNorm(4), nn.LayerNorm(4))
    check.equal(count_parameters(model), 16)


def test_a_module_used_twice_counts_once():
    layer = nn.Linear(3, 3)
    model = nn.Sequential(layer, nn.ReLU(), layer)
    check.equal(count_parameters(model), 12)


def test_frozen_parameters_count_too():
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 5))
    model[0].requires_grad_(False)
    check.equal(count_parameters(model), 23)


def test_buffers_are_no_parameters():
    model = nn.BatchNorm1d(6)  # two running statistics and a count besides
    check.equal(count_parameters(model), 12)


def test_a_model_without_parameters_has_none():
    model = nn.ReLU()
    check.equal(count_parameters(model), 0)


def test_a_parameter_of_any_number_of_axes_counts_whole():
    model = nn.ParameterList([torch.zeros(()), torch.zeros(2, 3, 4), torch.zeros(5)])
    check.equal(count_parameters(model), 1 + 24 + 5)


@given(vocab=st.integers(1, 9), width=st.integers(1, 5))
def test_counts_are_products_of_the_sizes(vocab, width):
    model = nn.Sequential(nn.Embedding(vocab, width), nn.LayerNorm(width), nn.Linear(width, 3))
    check.equal(count_parameters(model), vocab * width + 2 * width + 3 * width + 3)


def test_gpt2_small_has_124439808():
    with torch.device("meta"):  # shapes alone: no memory, no time
        model = GPT(GPTConfig(50257, 1024, 768, 12, 12))
    check.equal(count_parameters(model), 124_439_808)


def test_leaves_the_model_alone():
    model = nn.Linear(3, 2)
    model.weight.requires_grad_(False)
    count_parameters(model)
    check.equal([p.requires_grad for p in model.parameters()], [False, True])
