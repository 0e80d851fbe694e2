"""run_with_hooks changes what some modules of a model give, and returns the logits.

pytest tests/m13_inside/test_run_with_hooks.py
"""

from types import MappingProxyType

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m13_inside import run_with_hooks
from tests.m13_inside import oracle, small
from tests.m13_inside.oracle import Failing, count_hooks, modes

TOKENS = ((1, 0, 1),)


def by_hand(*layers):
    """An embedding whose outputs for TOKENS are [3, 5], [1, 2] and [3, 5], and a linear layer."""
    model = nn.Sequential(nn.Embedding(2, 2), nn.Linear(2, 1), *layers).requires_grad_(False)
    model[0].weight.copy_(torch.tensor([[1.0, 2.0], [3.0, 5.0]]))
    model[1].weight.copy_(torch.tensor([[10.0, 1.0]]))
    model[1].bias.copy_(torch.tensor([0.5]))
    return model


class Twice(nn.Module):
    """A part that runs twice, and counts."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(7, 4)
        self.twice = nn.Linear(4, 4)

    def forward(self, tokens):
        return self.twice(self.twice(self.embedding(tokens)))


def refuse(output):
    raise ArithmeticError("this must never be called")


def test_an_output_is_replaced_worked_by_hand():
    found = run_with_hooks(by_hand(), torch.tensor(TOKENS), {"0": lambda output: 2 * output})
    check.close(found, torch.tensor([[[70.5], [24.5], [70.5]]]))


def test_without_hooks_the_logits_are_the_models_own():
    model, state = small.gpt(dropout=0.5)
    tokens = small.some_tokens()
    check.close(run_with_hooks(model, tokens, {}), small.run(tokens, state).logits)


@settings(max_examples=10)  # each takes a while
@given(sizes=st.tuples(*[st.integers(1, 4)] * 5), seed=st.integers(0, 9))
def test_a_gpt_without_an_mlp(sizes, seed):
    n_layers, n_heads, d_head, batch, seq = sizes
    model, state = small.gpt(n_layers, n_heads, d_head, seed=seed)
    tokens = small.some_tokens(seed, batch, seq)
    last = n_layers - 1
    found = run_with_hooks(model, tokens, {f"blocks.{last}.mlp": lambda output: 0 * output})

    def without(name, layer, value):
        return 0 * value if (name, layer) == ("mlp", last) else value

    check.close(found, small.run(tokens, state, n_heads, change=without).logits)


def test_float64_is_float64_throughout():
    model, state = small.gpt()
    tokens = small.some_tokens(1)
    found = run_with_hooks(model, tokens, {"blocks.0": lambda output: output / 3})

    def change(name, layer, value):
        return value / 3 if (name, layer) == ("stream", 1) else value

    expected = small.run(tokens, state, change=change)
    check.close(found, expected.logits, rtol=1e-12, atol=1e-12)


def test_a_function_gets_what_the_module_gave():
    model, state = small.gpt()
    tokens = small.some_tokens(2)
    got = []
    run_with_hooks(model, tokens, {"blocks.1.attention": lambda output: got.append(output)})
    check.equal(len(got), 1)
    check.close(got[0], small.run(tokens, state).attention[1])


def test_none_leaves_the_output():
    model, state = small.gpt()
    tokens = small.some_tokens(3)
    found = run_with_hooks(model, tokens, {"blocks.1.attention": lambda output: None})
    check.close(found, small.run(tokens, state).logits)


def test_a_function_may_write_into_the_output():
    def change(output):
        output[:, 0] = torch.tensor([1.0, 1.0])

    logits = run_with_hooks(by_hand(), torch.tensor(TOKENS), {"0": change})
    check.close(logits, torch.tensor([[[11.5], [12.5], [35.5]]]))


def test_gradients_flow_as_through_the_model_itself():
    model = by_hand().requires_grad_()
    run_with_hooks(model, torch.tensor(TOKENS), {"0": lambda output: 2 * output}).sum().backward()
    check.close(model[1].weight.grad, torch.tensor([[14.0, 24.0]]))


def test_each_of_several_functions_changes_its_own_module():
    model, state = small.gpt()
    tokens = small.some_tokens(4)
    hooks = {
        "blocks.1.attention": lambda output: 3 * output,
        "blocks.0.mlp": lambda output: output - 1,
        "blocks.0.attention": lambda output: -output,
    }

    def change(name, layer, value):
        alike = hooks.get(f"blocks.{layer}.{name}", lambda output: output)
        return alike(value)

    found = run_with_hooks(model, tokens, hooks)
    check.close(found, small.run(tokens, state, change=change).logits)


def test_what_follows_reads_the_changed_output():
    hooks = {"1": lambda output: output + 1, "0": lambda output: 2 * output}
    found = run_with_hooks(by_hand(), torch.tensor(TOKENS), hooks)
    check.close(found, torch.tensor([[[71.5], [25.5], [71.5]]]))


def test_any_mapping_will_do():
    hooks = MappingProxyType({"1": lambda output: output + 1})
    found = run_with_hooks(by_hand(), torch.tensor(TOKENS), hooks)
    check.close(found, torch.tensor([[[36.5], [13.5], [36.5]]]))


def test_a_module_that_runs_twice_is_changed_twice():
    model = Twice()
    shifts = []

    def change(output):
        shifts.append(output)
        return output + len(shifts)

    embedding = model.embedding.weight.detach()[torch.tensor(TOKENS)]
    weight, bias = model.twice.weight.detach(), model.twice.bias.detach()
    once = embedding @ weight.T + bias + 1
    found = run_with_hooks(model, torch.tensor(TOKENS), {"twice": change})
    check.close(found, once @ weight.T + bias + 2)


def test_a_module_that_does_not_run_is_never_called_for():
    model, state = small.gpt()
    tokens = small.some_tokens(5)
    found = run_with_hooks(model, tokens, {"blocks": refuse})
    check.close(found, small.run(tokens, state).logits)


@pytest.mark.parametrize("name", ["blocks.0.nothing", "mlp", "2", ""])
def test_a_name_that_no_module_has_is_an_error_before_anything_runs(name):
    model = by_hand()
    runs = []
    model.register_forward_pre_hook(lambda module, inputs: runs.append(inputs))
    hooks = {"0": refuse, name: refuse}
    check.raises(KeyError, run_with_hooks, model, torch.tensor(TOKENS), hooks)
    check.equal(len(runs), 0, hint="The names are looked at before the run.")
    check.equal(count_hooks(model), 1, hint="The hook of the test's own.")
    check.equal(modes(model), [True] * 3)


@pytest.mark.parametrize("name", ["blocks.0.nothing", "mlp"])
def test_the_error_names_the_unknown_module(name):
    try:
        run_with_hooks(by_hand(), torch.tensor(TOKENS), {"0": refuse, name: refuse})
    except KeyError as error:
        check.equal(name in str(error), True, hint=f"The message is {error}.")
    else:
        check.equal("no error", "KeyError")


def test_nothing_is_dropped():
    model, state = small.gpt(dropout=0.5)
    tokens = small.some_tokens(6)
    found = run_with_hooks(model, tokens, {"blocks.0.mlp": lambda output: None})
    check.close(found, small.run(tokens, state).logits, hint="The model runs in eval mode.")


def test_every_module_keeps_its_mode():
    model = by_hand(nn.Dropout(0.5))
    model[2].eval()
    run_with_hooks(model, torch.tensor(TOKENS), {"0": lambda output: None})
    check.equal(modes(model), [True, True, True, False])


def test_no_hook_stays_behind():
    model = by_hand()
    run_with_hooks(model, torch.tensor(TOKENS), {"0": lambda output: 2 * output})
    check.equal(count_hooks(model), 0)
    check.close(model(torch.tensor(TOKENS)), torch.tensor([[[35.5], [12.5], [35.5]]]))


@pytest.mark.parametrize("change", ["of the model", "of a function"])
def test_an_error_leaves_neither_hooks_nor_another_mode(change):
    failing = change == "of the model"
    model = by_hand(*[Failing()] * failing)
    model[1].eval()
    hooks = {"0": lambda output: None, "1": (lambda output: None) if failing else refuse}
    check.raises(ArithmeticError, run_with_hooks, model, torch.tensor(TOKENS), hooks)
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), [True, True, False, True][: 3 + failing])


def test_hooks_that_were_there_before_stay():
    model = by_hand()
    calls = []
    model[1].register_forward_hook(lambda module, inputs, output: calls.append(output))
    run_with_hooks(model, torch.tensor(TOKENS), {"1": lambda output: 10 * output})
    check.equal(count_hooks(model), 1)
    check.equal(len(calls), 1)


def test_without_its_last_attention_a_model_that_knew_who_receives_does_not():
    model, _, tokens, receiver, _ = oracle.tiny(3)
    logits = run_with_hooks(model, tokens, {"blocks.1.attention": lambda output: 0 * output})
    right = (logits[:, -1].argmax(-1) == receiver).tolist()
    check.equal(right, [False] * 3, hint="With it, all three answers are right.")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, state = small.gpt()
    tokens = laid_out(small.some_tokens(7), layout)
    found = run_with_hooks(model, tokens, {"final_norm": lambda output: -output})
    check.close(found, -small.run(tokens, state).logits)


def test_works_on_the_device_of_its_arguments():
    model, state = small.gpt(n_layers=1, n_heads=2)
    tokens = small.some_tokens(8, 2, 3)
    found = elsewhere(run_with_hooks, model, tokens, {"blocks.0": lambda output: None})
    check.close(found, small.run(tokens, state, n_heads=2).logits)
