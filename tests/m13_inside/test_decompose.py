"""decompose lists all that was written into the stream: parts whose sum is the last stream.

pytest tests/m13_inside/test_decompose.py
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m05_gpt import GPT, GPTConfig
from milestones.m13_inside import decompose
from tests import gpt2
from tests.m13_inside import oracle, small
from tests.m13_inside.oracle import count_hooks, modes


def parts_of(tokens, state, n_heads=small.HEADS, heads=False):
    """The names, and the parts, one after the other."""
    run = small.run(tokens, state, n_heads)
    found = {"embedding": run.stream[0]}
    for layer in range(len(run.mlp)):
        if heads:
            for head in range(n_heads):
                found[f"{layer}.attention.{head}"] = run.heads[layer, :, head]
            bias = state[f"blocks.{layer}.attention.o_proj.bias"]
            found[f"{layer}.attention.bias"] = bias + torch.zeros_like(run.stream[0])
        else:
            found[f"{layer}.attention"] = run.attention[layer]
        found[f"{layer}.mlp"] = run.mlp[layer]
    return list(found), torch.stack(list(found.values()))


def agree(found, expected, **tolerance):
    (names, parts), (right_names, right_parts) = found, expected
    check.equal(names, right_names)
    check.close(parts, right_parts, **tolerance)


def only_biases():
    """A GPT whose parts add nothing but their biases."""
    config = GPTConfig(vocab_size=3, context_length=2, d_model=2, n_layers=1, n_heads=2)
    state = {name: torch.zeros(shape) for name, shape in gpt2.shapes(config).items()}
    state["token_embedding.weight"] = torch.tensor([[3.0, 1.0], [0.0, 2.0], [5.0, 5.0]])
    state["position_embedding.weight"] = torch.tensor([[0.0, 0.0], [0.0, 4.0]])
    state["blocks.0.attention.o_proj.bias"] = torch.tensor([10.0, 0.0])
    state["blocks.0.mlp.down.bias"] = torch.tensor([0.0, 20.0])
    model = GPT(config)
    gpt2.load(model, state)
    return model


def test_a_block_that_only_adds_its_biases():
    embedding = [[3.0, 1.0], [5.0, 9.0]]  # of the tokens 0 and 2, and their places
    parts = torch.tensor([[embedding], [[[10.0, 0.0]] * 2], [[[0.0, 20.0]] * 2]])
    names = ["embedding", "0.attention", "0.mlp"]
    agree(decompose(only_biases(), torch.tensor([[0, 2]])), (names, parts))


def test_the_bias_is_a_part_of_its_own_beside_the_heads():
    embedding, nothing = [[3.0, 1.0], [5.0, 9.0]], [[0.0, 0.0]] * 2
    bias, mlp = [[10.0, 0.0]] * 2, [[0.0, 20.0]] * 2
    parts = torch.tensor([[embedding], [nothing], [nothing], [bias], [mlp]])
    names = ["embedding", "0.attention.0", "0.attention.1", "0.attention.bias", "0.mlp"]
    agree(decompose(only_biases(), torch.tensor([[0, 2]]), heads=True), (names, parts))


@settings(max_examples=10)  # each takes a while
@given(
    sizes=st.tuples(*[st.integers(1, 4)] * 5),
    heads=st.booleans(),
    seed=st.integers(0, 9),
)
def test_agrees_with_the_run_of_a_gpt_of_any_size(sizes, heads, seed):
    n_layers, n_heads, d_head, batch, seq = sizes
    model, state = small.gpt(n_layers, n_heads, d_head, seed=seed)
    tokens = small.some_tokens(seed, batch, seq)
    agree(decompose(model, tokens, heads), parts_of(tokens, state, n_heads, heads))


@pytest.mark.parametrize("heads", [False, True])
def test_their_sum_is_the_last_stream(heads):
    model, state = small.gpt()
    tokens = small.some_tokens(1)
    _, parts = decompose(model, tokens, heads)
    check.close(parts.sum(0), small.run(tokens, state).stream[-1])


def test_what_was_written_up_to_a_block_is_the_stream_before_it():
    model, state = small.gpt()
    tokens = small.some_tokens(2)
    _, parts = decompose(model, tokens)
    check.close(parts.cumsum(0)[::2], small.run(tokens, state).stream)


@pytest.mark.parametrize("heads", [False, True])
def test_float32_stays_float32(heads):
    model, state = small.gpt(dtype=torch.float32)
    tokens = small.some_tokens(3)
    agree(decompose(model, tokens, heads), parts_of(tokens, state, heads=heads), atol=1e-4)


@pytest.mark.parametrize("heads", [False, True])
def test_float64_is_float64_throughout(heads):
    model, state = small.gpt()
    tokens = small.some_tokens(4)
    expected = parts_of(tokens, state, heads=heads)
    agree(decompose(model, tokens, heads), expected, rtol=1e-12, atol=1e-12)


def test_a_trained_model_knows_who_receives_once_its_last_attention_has_written():
    model, state, tokens, receiver, _ = oracle.tiny(3)
    names, parts = decompose(model, tokens)
    check.equal(names, ["embedding", "0.attention", "0.mlp", "1.attention", "1.mlp"])
    answers = oracle.unembed(parts.cumsum(0), state)[:, :, -1].argmax(-1)  # (part, batch)
    right = (answers == receiver).sum(-1).tolist()
    check.equal(right[2:], [0, 3, 3], hint="This many of three answers are right.")


@pytest.mark.parametrize("heads", [False, True])
def test_nothing_is_dropped(heads):
    model, state = small.gpt(dropout=0.5)
    tokens = small.some_tokens(5)
    agree(decompose(model, tokens, heads), parts_of(tokens, state, heads=heads))


def test_leaves_neither_hooks_nor_another_mode():
    model, _ = small.gpt(dropout=0.5)
    model.blocks[0].eval()
    before = modes(model)
    decompose(model, small.some_tokens(6))
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), before)


def test_so_does_an_error():
    model, _ = small.gpt(dropout=0.5)
    model.blocks[1].eval()
    before = modes(model)
    check.raises(ValueError, decompose, model, small.some_tokens(7, seq=10))
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), before)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, state = small.gpt()
    tokens = laid_out(small.some_tokens(8), layout)
    agree(decompose(model, tokens), parts_of(tokens, state))


@pytest.mark.parametrize("heads", [False, True])
def test_works_on_the_device_of_its_arguments(heads):
    model, state = small.gpt(n_layers=1, n_heads=2)
    tokens = small.some_tokens(9, 2, 3)
    agree(elsewhere(decompose, model, tokens, heads), parts_of(tokens, state, 2, heads))
