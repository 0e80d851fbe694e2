"""run_with_cache keeps what each module of a model gave on the way to its logits.

pytest tests/m13_inside/test_run_with_cache.py
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m13_inside import run_with_cache
from tests.m13_inside import small
from tests.m13_inside.oracle import Failing, count_hooks, modes


def embedded(*layers):
    return nn.Sequential(nn.Embedding(7, 4), *layers)


class InPlace(nn.Module):
    """Writes into what it is given, and hands it on."""

    def forward(self, x):
        return x.mul_(3).add_(1)


class Pair(nn.Module):
    def forward(self, x):
        return x, x + 1


class Custom(nn.Module):
    """A part that runs twice, one that never does, and one that gives no tensor."""

    def __init__(self):
        super().__init__()
        self.unused = nn.Linear(9, 9)
        self.first = nn.Embedding(7, 4)
        self.twice = nn.Linear(4, 4)
        self.pair = Pair()
        self.last = nn.Sequential(nn.Linear(4, 3), nn.Tanh())

    def forward(self, tokens):
        x, y = self.pair(self.twice(self.twice(self.first(tokens))))
        return self.last(x + y)


def table(model):
    """What its embedding gives for the tokens 1, 2 and 6."""
    return model[0].weight.detach()[torch.tensor([[1, 2, 6]])].clone()


TOKENS = ((1, 2, 6),)


def test_an_embedding_and_a_linear_layer_worked_by_hand():
    model = nn.Sequential(nn.Embedding(2, 2), nn.Linear(2, 1))
    numbers = {"0.weight": torch.tensor([[1.0, 2.0], [3.0, 5.0]])}
    numbers |= {"1.weight": torch.tensor([[10.0, 1.0]]), "1.bias": torch.tensor([0.5])}
    model.load_state_dict(numbers)
    logits, cache = run_with_cache(model, torch.tensor([[1, 0, 1]]))
    check.close(logits, torch.tensor([[[35.5], [12.5], [35.5]]]))
    check.equal(sorted(cache), ["0", "1"], hint="The model itself is left out.")
    check.close(cache["0"], torch.tensor([[[3.0, 5.0], [1.0, 2.0], [3.0, 5.0]]]))
    check.close(cache["1"], torch.tensor([[[35.5], [12.5], [35.5]]]))


@settings(max_examples=10)  # each takes a while
@given(
    sizes=st.tuples(*[st.integers(1, 4)] * 5),
    seed=st.integers(0, 9),
)
def test_the_parts_of_a_gpt_of_any_size(sizes, seed):
    n_layers, n_heads, d_head, batch, seq = sizes
    model, state = small.gpt(n_layers, n_heads, d_head, seed=seed)
    tokens = small.some_tokens(seed, batch, seq)
    run = small.run(tokens, state, n_heads)
    logits, cache = run_with_cache(model, tokens)
    check.close(logits, run.logits)
    check.close(cache["final_norm"], run.final)
    for layer in range(n_layers):
        block = f"blocks.{layer}"
        check.close(cache[f"{block}.attention_norm"], run.normed[layer])
        check.close(cache[f"{block}.attention"], run.attention[layer])
        check.close(cache[f"{block}.mlp_norm"], run.mlp_normed[layer])
        check.close(cache[f"{block}.mlp"], run.mlp[layer])
        check.close(cache[block], run.stream[layer + 1])


def test_float64_is_float64_throughout():
    model, state = small.gpt()
    tokens = small.some_tokens(1)
    _, cache = run_with_cache(model, tokens)
    expected = small.run(tokens, state).attention[1]
    check.close(cache["blocks.1.attention"], expected, rtol=1e-12, atol=1e-12)


def test_only_modules_that_ran_and_gave_a_tensor_have_an_entry():
    _, cache = run_with_cache(Custom(), torch.tensor(TOKENS))
    check.equal(sorted(cache), ["first", "last", "last.0", "last.1", "twice"])


def test_a_module_that_ran_twice_keeps_its_last_output():
    model = Custom()
    weight, bias = model.twice.weight.detach(), model.twice.bias.detach()
    once = model.first.weight.detach()[torch.tensor(TOKENS)] @ weight.T + bias
    _, cache = run_with_cache(model, torch.tensor(TOKENS))
    check.close(cache["twice"], once @ weight.T + bias)


def test_a_later_write_in_place_changes_no_entry():
    model = embedded(nn.Identity(), InPlace())
    expected = table(model)
    _, cache = run_with_cache(model.requires_grad_(False), torch.tensor(TOKENS))
    check.close(cache["0"], expected, hint="What a module gave counts, not what became of it.")
    check.close(cache["1"], expected)
    check.close(cache["2"], 3 * expected + 1)


def test_no_two_entries_share_memory():
    model = embedded(nn.Dropout(0.5), nn.Identity())  # both hand on what they are given
    logits, cache = run_with_cache(model, torch.tensor(TOKENS))
    cache["1"].zero_()
    check.close(cache["0"], table(model))
    check.close(cache["2"], table(model))
    check.close(logits, table(model), hint="An entry is a copy.")


def test_entries_are_detached():
    model = embedded(nn.Linear(4, 3))
    _, cache = run_with_cache(model, torch.tensor(TOKENS))
    found = {name: value.requires_grad for name, value in sorted(cache.items())}
    check.equal(found, {"0": False, "1": False})


def test_nothing_is_dropped():
    model, state = small.gpt(dropout=0.5)
    tokens = small.some_tokens(2)
    logits, cache = run_with_cache(model, tokens)
    run = small.run(tokens, state)
    check.close(cache["blocks.1"], run.stream[2], hint="The model runs in eval mode.")
    check.close(logits, run.logits)


def test_every_module_keeps_its_mode():
    model = embedded(nn.Dropout(0.5), nn.Linear(4, 3))
    model[1].eval()
    run_with_cache(model, torch.tensor(TOKENS))
    check.equal(modes(model), [True, True, False, True])
    model.eval()
    run_with_cache(model, torch.tensor(TOKENS))
    check.equal(modes(model), [False] * 4, hint="A model in eval mode stays in it.")


def test_no_hook_stays_behind():
    model = embedded(nn.Linear(4, 3))
    _, cache = run_with_cache(model, torch.tensor(TOKENS))
    expected = table(model)
    check.equal(count_hooks(model), 0)
    model(torch.tensor([[0, 0, 0]]))
    check.close(cache["0"], expected, hint="A later run of the model has changed the cache.")


def test_an_error_leaves_neither_hooks_nor_another_mode():
    model = embedded(nn.Dropout(0.5), Failing())
    model[1].eval()
    check.raises(ArithmeticError, run_with_cache, model, torch.tensor(TOKENS))
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), [True, True, False, True])


def test_hooks_that_were_there_before_stay():
    model = embedded(nn.Linear(4, 3))
    calls = []
    model[1].register_forward_hook(lambda module, inputs, output: calls.append(output))
    model[1].register_forward_pre_hook(lambda module, inputs: calls.append(inputs))
    run_with_cache(model, torch.tensor(TOKENS))
    check.equal(count_hooks(model), 2)
    check.equal(len(calls), 2)


@pytest.mark.parametrize("layers", [(), (Failing(),)], ids=["a run", "an error"])
def test_gradients_are_on_again_afterwards(layers):
    model = embedded(*layers)
    with torch.enable_grad():
        try:
            run_with_cache(model, torch.tensor(TOKENS))
        except ArithmeticError:
            check.equal(len(layers), 1)
        check.equal(torch.is_grad_enabled(), True)


def test_a_second_run_starts_a_new_cache():
    model = embedded()
    _, first = run_with_cache(model, torch.tensor(TOKENS))
    _, second = run_with_cache(model, torch.tensor([[0, 5]]))
    check.close(first["0"], table(model))
    check.equal(tuple(second["0"].shape), (1, 2, 4))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, state = small.gpt()
    tokens = laid_out(small.some_tokens(3), layout)
    _, cache = run_with_cache(model, tokens)
    check.close(cache["blocks.0.mlp"], small.run(tokens, state).mlp[0])


def test_works_on_the_device_of_its_arguments():
    model, state = small.gpt(n_layers=1, n_heads=2)
    tokens = small.some_tokens(4, 2, 3)
    _, cache = elsewhere(run_with_cache, model, tokens)
    check.close(cache["blocks.0.mlp"], small.run(tokens, state, n_heads=2).mlp[0])


def test_the_model_stays_as_it_is():
    model = embedded(nn.Linear(4, 3))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    run_with_cache(model, torch.tensor(TOKENS))
    for name, parameter in model.named_parameters():
        check.close(parameter.detach(), before[name])
        check.equal(parameter.requires_grad, True, hint="Its parameters can still be trained.")
