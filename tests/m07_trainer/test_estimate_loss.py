"""estimate_loss is the mean loss on batches drawn from a text, in eval mode.

pytest tests/m07_trainer/test_estimate_loss.py
"""

import pytest
import torch
from torch import nn
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m07_trainer import estimate_loss

VOCAB = 5
ONE_WINDOW = torch.tensor([3, 1, 4, 1, 0])  # with context_length 4 every batch is the same


class Model(nn.Module):
    """Scores the next token by the last one, ever more surely; remembers how it was called."""

    def __init__(self, fails_at=None, layout=None):
        super().__init__()
        self.layout = layout  # of the logits
        self.embedding = nn.Embedding(VOCAB, VOCAB)
        self.frozen = nn.Dropout(0.0)
        self.load_state_dict(check.random_state(self, seed=0))
        self.inputs, self.modes, self.fails_at = [], [], fails_at

    def forward(self, tokens):
        self.inputs.append(tokens.clone())
        self.modes += [self.training, self.embedding.training, torch.is_grad_enabled()]
        if len(self.inputs) == self.fails_at:
            raise KeyError("broken")
        logits = self.frozen(self.embedding(tokens)) * len(self.inputs)
        return laid_out(logits, self.layout) if self.layout else logits


def loss_of(calls):
    """The mean loss of these calls of the model, numbered from 1, on the one window."""
    weight = Model().embedding.weight.detach()
    losses = [F.cross_entropy(weight[ONE_WINDOW[:-1]] * n, ONE_WINDOW[1:]) for n in calls]
    return (sum(losses) / len(losses)).item()


def estimate(model, n_batches=3, data=ONE_WINDOW, seed=0, batch_size=2):
    generator = torch.Generator().manual_seed(seed)
    return estimate_loss(model, data, n_batches, batch_size, 4, generator)


def test_one_batch_has_its_cross_entropy():
    check.close(estimate(Model(), 1), loss_of([1]))


@pytest.mark.parametrize("n_batches", [2, 5])
def test_several_batches_have_the_mean_of_theirs(n_batches):
    check.close(estimate(Model(), n_batches), loss_of(range(1, n_batches + 1)))


def test_it_draws_so_many_batches_of_that_size():
    model = Model()
    estimate(model, 3, batch_size=7)
    check.equal([tuple(inputs.shape) for inputs in model.inputs], [(7, 4)] * 3)


def test_each_batch_is_another_one():
    model = Model()
    estimate(model, 4, data=check.randint(VOCAB, 500, seed=1))
    distinct = {tuple(inputs.flatten().tolist()) for inputs in model.inputs}
    check.equal(len(distinct), 4)


def test_the_generator_decides_which():
    data = check.randint(VOCAB, 500, seed=1)
    model = Model()
    for seed in (2, 2, 3):
        estimate(model, 1, data, seed)
    one, again, other = model.inputs
    check.equal((torch.equal(one, again), torch.equal(one, other)), (True, False))


def test_the_next_estimate_goes_on_with_other_batches():
    data = check.randint(VOCAB, 500, seed=1)
    model = Model()
    generator = torch.Generator().manual_seed(2)
    for _ in range(2):
        estimate_loss(model, data, 1, 2, 4, generator)
    one, other = model.inputs
    check.equal(torch.equal(one, other), False)


def test_the_model_is_in_eval_mode_and_computes_no_gradient():
    model = Model()
    estimate(model, 2)
    check.equal(model.modes, [False] * 6)


@pytest.mark.parametrize("training", [True, False])
def test_every_module_gets_its_mode_back(training):
    model = Model().train(training)
    model.frozen.train(not training)
    estimate(model)
    modes = [model.training, model.embedding.training, model.frozen.training]
    check.equal(modes, [training, training, not training])


def test_every_module_gets_its_mode_back_after_an_error():
    model = Model(fails_at=2)
    model.frozen.eval()
    check.raises(KeyError, estimate, model)
    modes = [model.training, model.embedding.training, model.frozen.training]
    check.equal(modes, [True, True, False])


def test_afterwards_gradients_are_computed_again():
    check.raises(KeyError, estimate, Model(fails_at=1))
    after_error = torch.is_grad_enabled()
    estimate(Model())
    check.equal((after_error, torch.is_grad_enabled()), (True, True))


def test_the_gradients_that_are_there_stay():
    model = Model()
    model.embedding.weight.grad = torch.full((VOCAB, VOCAB), 7.0)
    estimate(model)
    check.close(model.embedding.weight.grad, torch.full((VOCAB, VOCAB), 7.0))


def test_too_little_data_is_an_error_and_the_mode_is_put_back():
    model = Model()
    check.raises(ValueError, estimate, model, 1, ONE_WINDOW[:4])
    check.equal(model.training, True)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_text_and_logits_in_memory_does_not_matter(layout):
    text = laid_out(ONE_WINDOW.unsqueeze(1).expand(5, 2), "sliced")[:, 1]  # a column of a table
    check.close(estimate(Model(layout=layout), 2, text), loss_of([1, 2]))


def test_works_on_the_device_of_its_arguments():
    found = elsewhere(lambda model, data: estimate(model, 2, data), Model(), ONE_WINDOW)
    check.close(found, loss_of([1, 2]))


def test_the_weights_stay_as_they_are():
    model = Model()
    estimate(model)
    check.close(model.embedding.weight, Model().embedding.weight)
