"""residual_stream shows the stream before the first block of a model, and after each.

pytest tests/m13_inside/test_residual_stream.py
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m05_gpt import GPT, GPTConfig
from milestones.m13_inside import residual_stream
from tests import gpt2
from tests.m13_inside import oracle, small
from tests.m13_inside.oracle import count_hooks, modes


def test_a_block_that_only_adds_its_biases():
    config = GPTConfig(vocab_size=3, context_length=2, d_model=2, n_layers=2, n_heads=1)
    state = {name: torch.zeros(shape) for name, shape in gpt2.shapes(config).items()}
    state["token_embedding.weight"] = torch.tensor([[3.0, 1.0], [0.0, 2.0], [5.0, 5.0]])
    state["position_embedding.weight"] = torch.tensor([[0.0, 0.0], [0.0, 4.0]])
    state["blocks.0.attention.o_proj.bias"] = torch.tensor([10.0, 0.0])
    state["blocks.0.mlp.down.bias"] = torch.tensor([0.0, 20.0])
    state["blocks.1.mlp.down.bias"] = torch.tensor([100.0, 100.0])
    model = GPT(config)
    gpt2.load(model, state)
    before = torch.tensor([[[3.0, 1.0], [5.0, 9.0]]])  # of the tokens 0 and 2
    expected = [before, before + torch.tensor([10.0, 20.0]), before + torch.tensor([110.0, 120.0])]
    check.close(residual_stream(model, torch.tensor([[0, 2]])), torch.stack(expected))


@settings(max_examples=10)  # each takes a while
@given(sizes=st.tuples(*[st.integers(1, 4)] * 5), seed=st.integers(0, 9))
def test_agrees_with_the_run_of_a_gpt_of_any_size(sizes, seed):
    n_layers, n_heads, d_head, batch, seq = sizes
    model, state = small.gpt(n_layers, n_heads, d_head, seed=seed)
    tokens = small.some_tokens(seed, batch, seq)
    check.close(residual_stream(model, tokens), small.run(tokens, state, n_heads).stream)


def test_the_last_is_what_the_last_norm_reads():
    model, _ = small.gpt(n_layers=1)
    read = []
    handle = model.final_norm.register_forward_pre_hook(lambda _, inputs: read.append(inputs[0]))
    tokens = small.some_tokens(1)
    model(tokens)
    handle.remove()
    check.close(residual_stream(model, tokens)[-1], read[0].detach())


def test_float32_stays_float32():
    model, state = small.gpt(dtype=torch.float32)
    tokens = small.some_tokens(2)
    check.close(residual_stream(model, tokens), small.run(tokens, state).stream, atol=1e-4)


def test_float64_is_float64_throughout():
    model, state = small.gpt()
    tokens = small.some_tokens(3)
    expected = small.run(tokens, state).stream
    check.close(residual_stream(model, tokens), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n_layers", [1, 3])
def test_the_blocks_of_another_model_may_take_more_than_the_stream(n_layers):
    model = oracle.Other(n_layers)
    tokens = small.some_tokens(4)
    expected, _ = oracle.other_run(tokens, oracle.copied(model))
    check.close(residual_stream(model, tokens), expected)


def test_blocks_that_write_into_the_stream_change_nothing_that_was_before():
    model = oracle.Other(3, in_place=True).requires_grad_(False)
    tokens = small.some_tokens(5)
    expected, _ = oracle.other_run(tokens, oracle.copied(model))
    check.close(residual_stream(model, tokens), expected)


def test_in_a_trained_model_another_giver_changes_his_place_first():
    model, _, tokens, receiver, _ = oracle.tiny(3)
    swapped = tokens.clone()
    swapped[:, 8] = receiver
    change = residual_stream(model, swapped) - residual_stream(model, tokens)
    changed = (change.abs().amax((1, 3)) > 1e-4).tolist()  # (layers + 1, seq)
    before, after = [False] * 8, [True] * 4
    check.equal(changed[0], [place == 8 for place in range(12)])
    check.equal(changed[1:], [before + after] * 2, hint="Then all places from there on.")


def test_nothing_is_dropped():
    model, state = small.gpt(dropout=0.5)
    tokens = small.some_tokens(6)
    check.close(residual_stream(model, tokens), small.run(tokens, state).stream)


@pytest.mark.parametrize("kind", ["gpt", "other"])
def test_leaves_neither_hooks_nor_another_mode(kind):
    model = small.gpt(dropout=0.5)[0] if kind == "gpt" else oracle.Other()
    model.blocks[0].eval()
    before = modes(model)
    residual_stream(model, small.some_tokens(7))
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), before)


def test_so_does_an_error():
    model, _ = small.gpt(dropout=0.5)
    model.blocks[1].eval()
    before = modes(model)
    check.raises(ValueError, residual_stream, model, small.some_tokens(8, seq=10))
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), before)


def test_hooks_that_were_there_before_stay():
    model = oracle.Other()
    model.blocks[1].register_forward_pre_hook(lambda module, inputs: None)
    model.final_norm.register_forward_hook(lambda module, inputs, output: None)
    residual_stream(model, small.some_tokens(9))
    check.equal(count_hooks(model), 2)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, state = small.gpt()
    tokens = laid_out(small.some_tokens(10), layout)
    check.close(residual_stream(model, tokens), small.run(tokens, state).stream)


def test_works_on_the_device_of_its_arguments():
    model, state = small.gpt(n_layers=1, n_heads=2)
    tokens = small.some_tokens(11, 3, 4)
    found = elsewhere(residual_stream, model, tokens)
    check.close(found, small.run(tokens, state, n_heads=2).stream)
