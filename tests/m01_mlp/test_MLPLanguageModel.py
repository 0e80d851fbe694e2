"""MLPLanguageModel scores every next token from a fixed window of tokens.

pytest tests/m01_mlp/test_MLPLanguageModel.py
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
from milestones.m01_mlp import MLPLanguageModel


def torch_model(tokens, state):
    """The same network from PyTorch's parts."""
    x = F.embedding(tokens, state["embedding.weight"]).flatten(1)
    hidden = F.relu(F.linear(x, state["hidden.weight"], state["hidden.bias"]))
    return F.linear(hidden, state["output.weight"], state["output.bias"])


def random_state(vocab, context_length, d_embed, d_hidden, dtype=torch.float32):
    parts = {
        "embedding": nn.Embedding(vocab, d_embed),
        "hidden": nn.Linear(context_length * d_embed, d_hidden),
        "output": nn.Linear(d_hidden, vocab),
    }
    return check.random_state(nn.ModuleDict(parts).to(dtype), seed=0)


def test_a_window_of_two_worked_by_hand():
    model = MLPLanguageModel(vocab_size=2, context_length=2, d_embed=1, d_hidden=2)
    state = {
        "embedding.weight": torch.tensor([[1.0], [3.0]]),
        "hidden.weight": torch.tensor([[1.0, 10.0], [1.0, -1.0]]),
        "hidden.bias": torch.tensor([0.0, 0.5]),
        "output.weight": torch.tensor([[1.0, 0.0], [0.0, 1.0]]),
        "output.bias": torch.tensor([0.0, 7.0]),
    }
    model.load_state_dict(state)
    tokens = torch.tensor([[0, 1], [1, 0]])
    check.close(model(tokens), torch.tensor([[31.0, 7.0], [13.0, 9.5]]))


def test_parameters_have_the_documented_names_and_shapes():
    model = MLPLanguageModel(vocab_size=7, context_length=3, d_embed=4, d_hidden=5)
    shapes = {name: tuple(p.shape) for name, p in model.named_parameters()}
    expected = {
        "embedding.weight": (7, 4),
        "hidden.bias": (5,),
        "hidden.weight": (5, 12),
        "output.bias": (7,),
        "output.weight": (7, 5),
    }
    check.equal(dict(sorted(shapes.items())), expected)


@given(
    batch=st.integers(1, 4),
    context_length=st.integers(1, 4),
    d_embed=st.integers(1, 3),
    seed=st.integers(0, 9),
)
def test_agrees_with_pytorch_on_any_size(batch, context_length, d_embed, seed):
    model = MLPLanguageModel(7, context_length, d_embed, 5).double()
    state = random_state(7, context_length, d_embed, 5, torch.float64)
    model.load_state_dict(state)
    tokens = check.randint(7, batch, context_length, seed=seed)
    check.close(model(tokens), torch_model(tokens, state))


def test_the_order_of_the_tokens_matters():
    model = MLPLanguageModel(5, 3, 2, 4)
    state = random_state(5, 3, 2, 4)
    model.load_state_dict(state)
    tokens = torch.tensor([[1, 2, 3], [3, 2, 1]])
    check.close(model(tokens), torch_model(tokens, state))


def test_a_batch_of_one_keeps_its_batch_axis():
    model = MLPLanguageModel(5, 3, 2, 4)
    state = random_state(5, 3, 2, 4)
    model.load_state_dict(state)
    tokens = torch.tensor([[4, 0, 2]])
    check.close(model(tokens), torch_model(tokens, state))


def test_a_call_is_independent_of_the_calls_before_it():
    model = MLPLanguageModel(5, 3, 2, 4)
    state = random_state(5, 3, 2, 4)
    model.load_state_dict(state)
    two, one = torch.tensor([[4, 0, 2], [1, 1, 3]]), torch.tensor([[2, 3, 0]])
    check.close(model(two), torch_model(two, state))
    check.close(model(one), torch_model(one, state))


def test_every_parameter_learns():
    model = MLPLanguageModel(5, 3, 2, 4)
    state = random_state(5, 3, 2, 4)
    model.load_state_dict(state)
    tokens, targets = torch.tensor([[1, 2, 3], [0, 4, 4]]), torch.tensor([2, 0])
    leaves = {name: value.clone().requires_grad_() for name, value in state.items()}
    F.cross_entropy(torch_model(tokens, leaves), targets).backward()
    F.cross_entropy(model(tokens), targets).backward()
    check.close(model.output.weight.grad, leaves["output.weight"].grad)
    check.close(model.hidden.weight.grad, leaves["hidden.weight"].grad)
    check.close(model.embedding.weight.grad, leaves["embedding.weight"].grad)


def test_float64_keeps_its_sixteen_digits():
    model = MLPLanguageModel(5, 3, 2, 4).double()
    state = random_state(5, 3, 2, 4, torch.float64)
    model.load_state_dict(state)
    tokens = torch.tensor([[1, 2, 3], [0, 4, 4]])
    expected = torch_model(tokens, state)
    check.close(model(tokens), expected, rtol=1e-12, atol=1e-12, hint="float32 keeps seven digits.")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_window_in_memory_does_not_matter(layout):
    model = MLPLanguageModel(7, 3, 2, 5)
    state = random_state(7, 3, 2, 5)
    model.load_state_dict(state)
    tokens = laid_out(check.randint(7, 4, 3, seed=1), layout)
    check.close(model(tokens), torch_model(tokens, state))


def test_works_on_the_device_of_its_argument():
    model = MLPLanguageModel(5, 3, 2, 4)
    state = random_state(5, 3, 2, 4)
    model.load_state_dict(state)
    tokens = torch.tensor([[1, 2, 3], [0, 4, 4]])
    check.close(elsewhere(model, tokens), torch_model(tokens, state))
