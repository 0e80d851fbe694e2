"""train_step changes the weights once, by the mean loss over all targets of its micro-batches.

pytest tests/m07_trainer/test_train_step.py
"""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m07_trainer import train_step

VOCAB = 5
TENTH = "They differ in the tenth digit: is something computed in float32?"


class Model(nn.Module):
    """Scores the next token by the last one; remembers in which mode it ran."""

    def __init__(self, dtype=torch.float64, layout=None):
        super().__init__()
        self.layout = layout  # of the logits
        self.embedding = nn.Embedding(VOCAB, 3, dtype=dtype)
        self.head = nn.Linear(3, VOCAB, dtype=dtype)
        self.load_state_dict(check.random_state(self, seed=0))
        self.modes = []

    def forward(self, tokens):
        self.modes.append(self.training)
        logits = self.head(self.embedding(tokens))
        return laid_out(logits, self.layout) if self.layout else logits


def batch(rows, seq, seed):
    tokens = check.randint(VOCAB, rows, seq + 1, seed=seed)
    return tokens[:, :-1], tokens[:, 1:]


def sgd(model):
    return torch.optim.SGD(model.parameters(), lr=0.5, momentum=0.9)


def weights(model):
    return torch.cat([p.detach().flatten() for p in model.parameters()])


def on_the_union(steps, max_norm, **options):
    """The model, the losses and the norms, each step's targets taken as one batch."""
    model = Model(**options)
    optimizer = sgd(model)
    told = []
    for batches in steps:
        logits = torch.cat([model(inputs).flatten(0, 1) for inputs, _ in batches])
        loss = F.cross_entropy(logits, torch.cat([targets.flatten() for _, targets in batches]))
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), max_norm)
        optimizer.step()
        told.append((loss.item(), norm.item()))
    return model, torch.tensor(told)


def compare(steps, max_norm, **options):
    expected, told = on_the_union(steps, max_norm, **options)
    model = Model(**options)
    optimizer = sgd(model)
    found = [train_step(model, batches, optimizer, max_norm) for batches in steps]
    check.close(torch.tensor(found), told, hint="(loss, gradient norm) of each step.")
    check.close(weights(model), weights(expected))


def test_one_target_worked_by_hand():
    model = nn.Embedding(2, 2)
    model.load_state_dict({"weight": torch.zeros(2, 2)})
    optimizer = torch.optim.SGD(model.parameters(), lr=1.0)
    loss, norm = train_step(model, [(torch.tensor([[0]]), torch.tensor([[1]]))], optimizer)
    check.close(loss, math.log(2))
    check.close(norm, math.sqrt(0.5))
    check.close(model.weight, torch.tensor([[-0.5, 0.5], [0.0, 0.0]]))


def test_one_batch_is_an_ordinary_step():
    compare([[batch(4, 3, seed=1)]], max_norm=100.0)


def test_micro_batches_are_one_step_on_their_union():
    compare([[batch(2, 3, seed=i) for i in range(4)]], max_norm=100.0)


def test_micro_batches_of_unequal_size_count_by_their_targets():
    compare([[batch(1, 2, seed=1), batch(6, 4, seed=2), batch(2, 7, seed=3)]], max_norm=100.0)


def test_as_many_rows_may_hold_more_targets():
    compare([[batch(3, 1, seed=1), batch(3, 8, seed=2)]], max_norm=100.0)


def test_the_whole_gradient_is_clipped_once():
    compare([[batch(2, 3, seed=1), batch(2, 3, seed=2), batch(2, 3, seed=5)]], max_norm=0.3)


def test_it_is_clipped_whole_whatever_the_groups_of_the_optimizer():
    expected, told = on_the_union([[batch(2, 3, seed=1)]], 0.3)
    model = Model()
    groups = [{"params": [p]} for p in model.parameters()]
    found = train_step(model, [batch(2, 3, seed=1)], torch.optim.SGD(groups, lr=0.5), 0.3)
    check.close(torch.tensor([found]), told)
    check.close(weights(model), weights(expected))


def test_one_step_leaves_nothing_behind_for_the_next():
    compare([[batch(2, 3, seed=10 * s + i) for i in range(2)] for s in range(3)], max_norm=100.0)


def test_gradients_from_before_do_not_count():
    expected, _ = on_the_union([[batch(2, 3, seed=1)]], 100.0)
    model = Model()
    for p in model.parameters():
        p.grad = torch.full_like(p, 7.0)
    train_step(model, [batch(2, 3, seed=1)], sgd(model), 100.0)
    check.close(weights(model), weights(expected))


def test_the_limit_is_one_where_none_is_given():
    expected, _ = on_the_union([[batch(1, 1, seed=3)]], 1.0)
    model = Model()
    train_step(model, [batch(1, 1, seed=3)], sgd(model))
    check.close(weights(model), weights(expected))


@given(
    sizes=st.lists(st.tuples(st.integers(1, 4), st.integers(1, 4)), min_size=1, max_size=3),
    max_norm=st.sampled_from([0.05, 10.0]),
    seed=st.integers(0, 9),
)
def test_agrees_with_one_batch_on_any_sizes(sizes, max_norm, seed):
    compare([[batch(*size, seed=10 * seed + i) for i, size in enumerate(sizes)]], max_norm)


@pytest.mark.parametrize("training", [True, False])
def test_the_mode_of_the_model_is_left_alone(training):
    model = Model().train(training)
    model.head.train(not training)
    train_step(model, [batch(2, 3, seed=1)], sgd(model))
    modes = [*model.modes, model.training, model.head.training]
    check.equal(modes, [training, training, not training])


def test_a_frozen_parameter_stays_as_it_is():
    model = Model(torch.float32)
    model.embedding.weight.requires_grad_(False)
    start = model.embedding.weight.clone()
    head = model.head.weight.detach().clone()
    train_step(model, [batch(2, 3, seed=1)], sgd(model))
    check.close(model.embedding.weight, start)
    check.equal(torch.equal(model.head.weight, head), False)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_tokens_and_logits_in_memory_does_not_matter(layout):
    batches = [batch(2, 3, seed=1), batch(4, 5, seed=2)]
    compare([[tuple(laid_out(t, layout) for t in one) for one in batches]], 100.0, layout=layout)


def test_works_on_the_device_of_its_arguments():
    def one_step(model, *batches):
        return train_step(model, list(batches), sgd(model), 100.0), weights(model)

    batches = [batch(2, 3, seed=1), batch(4, 5, seed=2)]
    expected, told = on_the_union([batches], 100.0)
    found, after = elsewhere(one_step, Model(), *batches)
    check.close(torch.tensor([found]), told)
    check.close(after, weights(expected))


def test_in_float64_the_weights_are_as_exact():
    model = nn.Embedding(2, 2, dtype=torch.float64)
    model.load_state_dict({"weight": torch.tensor([[0.0, 1e-9], [0.0, 0.0]])})
    one = torch.tensor([[0]]), torch.tensor([[1]])
    train_step(model, [one], torch.optim.SGD(model.parameters(), lr=1.0), 100.0)
    slope = 0.5 - 0.25e-9  # in float32 just 0.5
    expected = torch.tensor([[-slope, 1e-9 + slope], [0.0, 0.0]], dtype=torch.float64)
    check.close(model.weight, expected, rtol=1e-12, atol=1e-12, hint=TENTH)


def test_leaves_the_tokens_alone():
    inputs, targets = batch(2, 3, seed=1)
    model = Model()
    train_step(model, [(inputs, targets)], sgd(model))
    check.close(torch.stack([inputs, targets]), torch.stack(batch(2, 3, seed=1)))
