"""lr_range_test trains a little with ever larger rates, and tells the losses.

pytest tests/m07_trainer/test_lr_range_test.py
"""

import copy

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m07_trainer import lr_range_test

VOCAB = 5


class Model(nn.Module):
    """Scores the next token by the last one, through a norm that counts its batches."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(VOCAB, VOCAB, dtype=torch.float64)
        self.norm = nn.BatchNorm1d(VOCAB, dtype=torch.float64)
        self.embedding.load_state_dict(check.random_state(self.embedding, seed=0))

    def forward(self, tokens):
        return self.norm(self.embedding(tokens).mT).mT


def batches(n, seed=1):
    tokens = check.randint(VOCAB, n, 3, 8, seed=seed)
    return [(t[:, :-1], t[:, 1:]) for t in tokens]


def taking(given):
    """next_batch that hands these out, one after the other."""
    iterator = iter(given)
    return lambda: next(iterator)


def with_pytorch(lrs, given):
    """The losses before each update, with PyTorch's AdamW."""
    model = Model()
    optimizer = torch.optim.AdamW(model.parameters())
    losses = []
    for lr, (inputs, targets) in zip(lrs, given, strict=True):
        optimizer.param_groups[0]["lr"] = lr
        loss = F.cross_entropy(model(inputs).flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_three_rates_worked_by_hand():
    lrs, _ = lr_range_test(Model(), taking(batches(3)), 0.001, 0.1, 3)
    check.close(torch.tensor(lrs), torch.tensor([0.001, 0.01, 0.1]), atol=1e-7)


@given(low=st.integers(-6, -3), decades=st.integers(1, 5), steps=st.integers(2, 9))
def test_the_rates_grow_by_the_same_factor_from_the_first_to_the_last(low, decades, steps):
    lrs, losses = lr_range_test(
        Model(), taking(batches(steps)), 10.0**low, 10.0 ** (low + decades), steps
    )
    expected = torch.logspace(low, low + decades, steps, dtype=torch.float64)
    check.equal((len(lrs), len(losses)), (steps, steps))
    check.close(torch.tensor(lrs, dtype=torch.float64).log10(), expected.log10())


def test_the_first_loss_is_that_of_the_model_as_it_came():
    given = batches(4)
    _, losses = lr_range_test(Model(), taking(given), 0.1, 1.0, 4)
    inputs, targets = given[0]
    check.close(losses[0], F.cross_entropy(Model()(inputs).mT, targets).item())


def test_the_losses_are_those_of_training_with_these_rates():
    given = batches(6)
    more = taking([*given, *given])  # who takes too many gets other losses, not an error
    lrs, losses = lr_range_test(Model(), more, 0.01, 2.0, 6)
    check.close(torch.tensor(losses), torch.tensor(with_pytorch(lrs, given)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_tokens_in_memory_does_not_matter(layout):
    given = [tuple(laid_out(t, layout) for t in one) for one in batches(3)]
    lrs, losses = lr_range_test(Model(), taking(given), 0.1, 1.0, 3)
    check.close(torch.tensor(losses), torch.tensor(with_pytorch(lrs, given)))


def test_works_on_the_device_of_the_model():
    given = batches(3)

    def tested(model, *there):
        return lr_range_test(model, taking(there), 0.1, 1.0, 3)

    lrs, losses = elsewhere(tested, Model(), *given)
    check.close(torch.tensor(losses), torch.tensor(with_pytorch(lrs, given)))


def test_both_lists_hold_python_floats():
    lrs, losses = lr_range_test(Model(), taking(batches(2)), 0.01, 1.0, 2)
    check.equal({type(x).__name__ for x in [*lrs, *losses]}, {"float"})


def test_a_batch_is_asked_for_at_each_step():
    asked = []

    def next_batch():
        asked.append(len(asked))
        return batches(1)[0]

    lr_range_test(Model(), next_batch, 0.01, 1.0, 5)
    check.equal(len(asked), 5)


def test_it_goes_on_to_the_end_where_the_loss_explodes():
    lrs, losses = lr_range_test(Model(), taking(batches(8)), 1e-3, 1e6, 8)
    check.equal((len(lrs), len(losses)), (8, 8))


def test_weights_and_buffers_are_afterwards_what_they_were():
    model = Model()
    before = copy.deepcopy(model.state_dict())
    lr_range_test(model, taking(batches(4)), 0.01, 1.0, 4)
    for name, value in before.items():
        check.close(model.state_dict()[name], value, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_is_afterwards_what_it_was(training):
    model = Model().train(training)
    model.embedding.train(not training)
    lr_range_test(model, taking(batches(2)), 0.01, 1.0, 2)
    modes = (model.training, model.embedding.training, model.norm.training)
    check.equal(modes, (training, not training, training))


def test_the_gradients_are_afterwards_what_they_were():
    model = Model()
    model.embedding.weight.grad = torch.full((VOCAB, VOCAB), 7.0, dtype=torch.float64)
    lr_range_test(model, taking(batches(2)), 0.01, 1.0, 2)
    check.close(model.embedding.weight.grad, torch.full((VOCAB, VOCAB), 7.0, dtype=torch.float64))
    check.equal(model.norm.weight.grad, None)


def test_gradients_from_before_do_not_count():
    given = batches(4)
    model = Model()
    for p in model.parameters():
        p.grad = torch.full_like(p, 7.0)
    lrs, losses = lr_range_test(model, taking(given), 0.1, 1.0, 4)
    check.close(torch.tensor(losses), torch.tensor(with_pytorch(lrs, given)))


def test_after_an_error_the_model_is_what_it_was_too():
    model = Model()
    before = copy.deepcopy(model.state_dict())
    check.raises(StopIteration, lr_range_test, model, taking(batches(2)), 0.01, 1.0, 5)
    for name, value in before.items():
        check.close(model.state_dict()[name], value, rtol=1e-7, atol=1e-9)
    check.equal(model.embedding.weight.grad, None)


def test_the_parameters_can_still_learn():
    model = Model()
    lr_range_test(model, taking(batches(2)), 0.01, 1.0, 2)
    check.equal([p.requires_grad for p in model.parameters()], [True, True, True])
