"""trace_shapes lists the modules that ran, and the shape that each gave.

pytest tests/m05_gpt/test_trace_shapes.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m05_gpt import GPT, GPTConfig, trace_shapes


def embedded(*layers):
    return nn.Sequential(nn.Embedding(7, 4), *layers)


class Custom(nn.Module):
    """Parts that run in another order than they stand: one twice, one never."""

    def __init__(self):
        super().__init__()
        self.unused = nn.Linear(9, 9)
        self.last = nn.Linear(4, 5)
        self.twice = nn.Linear(4, 4)
        self.first = nn.Embedding(7, 4)

    def forward(self, tokens):
        return self.last(self.twice(self.twice(self.first(tokens)).sum(1)))


class Failing(nn.Module):
    def forward(self, x):
        raise ArithmeticError("something is wrong")


def hooks(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def test_an_embedding_and_a_linear_layer():
    model = embedded(nn.Linear(4, 3))
    tokens = check.randint(7, 2, 5, seed=0)
    check.equal(trace_shapes(model, tokens), [("0", (2, 5, 4)), ("1", (2, 5, 3))])


def test_a_module_comes_after_its_parts():
    model = embedded(nn.Sequential(nn.Linear(4, 3), nn.ReLU()), nn.Linear(3, 6))
    tokens = check.randint(7, 1, 5, seed=1)
    expected = [("0", (1, 5, 4)), ("1.0", (1, 5, 3)), ("1.1", (1, 5, 3)), ("1", (1, 5, 3))]
    check.equal(trace_shapes(model, tokens), [*expected, ("2", (1, 5, 6))])


def test_what_ran_twice_is_listed_twice_and_what_never_ran_is_not():
    model = Custom()
    tokens = check.randint(7, 2, 3, seed=2)
    expected = [("first", (2, 3, 4)), ("twice", (2, 3, 4)), ("twice", (2, 4)), ("last", (2, 5))]
    check.equal(trace_shapes(model, tokens), expected)


@given(batch=st.integers(1, 4), seq=st.integers(1, 6), widths=st.lists(st.integers(1, 5)))
def test_shapes_are_those_of_the_outputs_on_any_size(batch, seq, widths):
    sizes = [4, *widths]
    model = embedded(*(nn.Linear(a, b) for a, b in zip(sizes, widths, strict=False)))
    tokens = check.randint(7, batch, seq, seed=3)
    expected = [(str(i), (batch, seq, width)) for i, width in enumerate(sizes)]
    check.equal(trace_shapes(model, tokens), expected)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model = embedded(nn.Linear(4, 3))
    tokens = laid_out(check.randint(7, 2, 5, seed=11), layout)
    check.equal(trace_shapes(model, tokens), [("0", (2, 5, 4)), ("1", (2, 5, 3))])


def test_works_on_the_device_of_its_arguments():
    model = embedded(nn.Linear(4, 3))
    tokens = check.randint(7, 2, 5, seed=12)
    found = elsewhere(trace_shapes, model, tokens)
    check.equal(found, [("0", (2, 5, 4)), ("1", (2, 5, 3))])


def test_the_blocks_and_the_last_norm_of_your_gpt():
    model = GPT(GPTConfig(11, 7, 6, 3, 2))
    tokens = check.randint(11, 2, 5, seed=4)
    shapes = trace_shapes(model, tokens)
    large = [entry for entry in shapes if entry[0] in ("blocks.0", "blocks.1", "blocks.2")]
    check.equal(large, [(f"blocks.{i}", (2, 5, 6)) for i in range(3)])
    check.equal([entry for entry in shapes if "final" in entry[0]], [("final_norm", (2, 5, 6))])
    wide = [entry for entry in shapes if entry[0] == "blocks.1.mlp.up"]
    check.equal(wide, [("blocks.1.mlp.up", (2, 5, 24))])


def test_no_hook_stays_behind():
    model = embedded(nn.Linear(4, 3))
    tokens = check.randint(7, 2, 5, seed=5)
    shapes = trace_shapes(model, tokens)
    check.equal(hooks(model), 0)
    model(tokens)
    check.equal(len(shapes), 2, hint="A later run of the model has made the list longer.")


def test_no_hook_stays_behind_after_an_error():
    model = embedded(nn.Linear(4, 3), Failing())
    tokens = check.randint(7, 2, 5, seed=6)
    check.raises(ArithmeticError, trace_shapes, model, tokens)
    check.equal(hooks(model), 0)


def test_hooks_that_were_there_before_stay():
    model = embedded(nn.Linear(4, 3))
    calls = []
    model[1].register_forward_hook(lambda module, inputs, output: calls.append(output))
    tokens = check.randint(7, 2, 5, seed=7)
    trace_shapes(model, tokens)
    model(tokens)
    check.equal(len(calls), 2)


def test_a_second_call_starts_a_new_list():
    model = embedded(nn.Linear(4, 3))
    tokens = check.randint(7, 2, 5, seed=8)
    trace_shapes(model, tokens)
    check.equal(trace_shapes(model, tokens[:, :3]), [("0", (2, 3, 4)), ("1", (2, 3, 3))])


def test_every_module_keeps_its_mode():
    model = embedded(nn.Dropout(0.5), nn.Linear(4, 3))
    model[1].eval()
    trace_shapes(model, check.randint(7, 2, 5, seed=9))
    check.equal([module.training for module in model.modules()], [True, True, False, True])


def test_parameters_and_their_gradients_stay():
    model = embedded(nn.Linear(4, 3))
    for parameter in model.parameters():
        parameter.grad = torch.ones_like(parameter)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    trace_shapes(model, check.randint(7, 2, 5, seed=10))
    for name, parameter in model.named_parameters():
        check.close(parameter.detach(), before[name])
        check.close(parameter.grad, torch.ones(parameter.shape))


def test_leaves_the_tokens_alone():
    model = embedded(nn.Linear(4, 3))
    tokens = torch.tensor([[1, 2, 6]])
    trace_shapes(model, tokens)
    check.close(tokens, torch.tensor([[1, 2, 6]]))
