"""parameter_groups tells what decays from what does not.

pytest tests/m07_trainer/test_parameter_groups.py
"""

import torch
from torch import nn

from kata import check
from milestones.m07_trainer import parameter_groups


class Mixed(nn.Module):
    """A bit of everything."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 3)
        self.norm = nn.LayerNorm(3)
        self.linear = nn.Linear(3, 5)
        self.convolution = nn.Conv1d(5, 2, 4)
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.bias_table = nn.Parameter(torch.zeros(3, 4))


def names(model, weight_decay=0.1):
    """The names of the parameters of each group, sorted; of a stranger '?'."""
    of = {id(p): name for name, p in model.named_parameters()}
    groups = parameter_groups(model, weight_decay)
    return [sorted(of.get(id(p), "?") for p in group["params"]) for group in groups]


def test_of_a_linear_layer_the_weight_decays_and_the_bias_does_not():
    check.equal(names(nn.Linear(3, 5)), [["weight"], ["bias"]])


def test_embeddings_decay_and_norms_do_not():
    model = nn.Sequential(nn.Embedding(7, 3), nn.LayerNorm(3))
    check.equal(names(model), [["0.weight"], ["1.bias", "1.weight"]])


def test_the_number_of_dimensions_decides_whatever_the_name_or_the_layer():
    decay = ["bias_table", "convolution.weight", "embedding.weight", "linear.weight"]
    rest = ["convolution.bias", "linear.bias", "norm.bias", "norm.weight", "scale"]
    check.equal(names(Mixed()), [decay, rest])


def test_each_group_says_how_much_it_decays():
    groups = parameter_groups(nn.Linear(3, 5), 0.3)
    check.equal([float(group["weight_decay"]) for group in groups], [0.3, 0.0])


def test_what_is_frozen_is_left_out():
    model = Mixed()
    model.embedding.requires_grad_(False)
    model.norm.bias.requires_grad_(False)
    decay = ["bias_table", "convolution.weight", "linear.weight"]
    rest = ["convolution.bias", "linear.bias", "norm.weight", "scale"]
    check.equal(names(model), [decay, rest])


def test_a_tied_weight_stands_there_once():
    model = nn.Sequential(nn.Embedding(5, 3), nn.Linear(3, 5))
    model[1].weight = model[0].weight
    check.equal(names(model), [["0.weight"], ["1.bias"]])


def test_there_are_two_groups_even_where_one_is_empty():
    check.equal(names(nn.Embedding(5, 3)), [["weight"], []])


def test_pytorchs_adamw_takes_them_and_decays_the_first_alone():
    model = nn.Linear(3, 2)
    model.load_state_dict({"weight": torch.ones(2, 3), "bias": torch.ones(2)})
    optimizer = torch.optim.AdamW(parameter_groups(model, 0.5), lr=0.1)
    model.weight.grad, model.bias.grad = torch.zeros(2, 3), torch.zeros(2)
    optimizer.step()
    check.close(model.weight, torch.full((2, 3), 0.95))
    check.close(model.bias, torch.ones(2))
