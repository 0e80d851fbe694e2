"""head_outputs shows what each head of a layer writes into the stream.

pytest tests/m13_inside/test_head_outputs.py
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m05_gpt import GPT, GPTConfig
from milestones.m13_inside import head_outputs
from tests import gpt2
from tests.m13_inside import oracle, small
from tests.m13_inside.oracle import count_hooks, modes


def test_two_heads_that_take_means_worked_by_hand():
    config = GPTConfig(vocab_size=2, context_length=2, d_model=4, n_layers=1, n_heads=2)
    state = {name: torch.zeros(shape) for name, shape in gpt2.shapes(config).items()}
    state["token_embedding.weight"] = torch.tensor([[1.0, -1.0, 1.0, -1.0], [1.0, 1.0, -1.0, -1.0]])
    state["blocks.0.attention_norm.weight"] = torch.ones(4)  # the norm leaves these as they are
    state["blocks.0.attention.v_proj.weight"] = torch.eye(4)
    state["blocks.0.attention.o_proj.weight"] = torch.tensor(
        [[1.0, 2.0, 3.0, 4.0], [10.0, 20.0, 30.0, 40.0], [0.0, 0.0, 100.0, 0.0], [0.0] * 4]
    )
    state["blocks.0.attention.o_proj.bias"] = torch.tensor([7.0, 7.0, 7.0, 7.0])
    model = GPT(config)
    gpt2.load(model, state)
    # The first place takes (1, -1) and (1, -1), the second the mean, (1, 0) and (0, -1).
    expected = [
        [[-1.0, -10.0, 0.0, 0.0], [1.0, 10.0, 0.0, 0.0]],
        [[-1.0, -10.0, 100.0, 0.0], [-4.0, -40.0, 0.0, 0.0]],
    ]
    found = head_outputs(model, torch.tensor([[0, 1]]), 0)
    check.close(found, torch.tensor([expected]), hint="The bias of o_proj belongs to no head.")


@settings(max_examples=10)  # each takes a while
@given(sizes=st.tuples(*[st.integers(1, 4)] * 5), seed=st.integers(0, 9))
def test_agrees_with_one_head_at_a_time_on_any_size(sizes, seed):
    n_layers, n_heads, d_head, batch, seq = sizes
    model, state = small.gpt(n_layers, n_heads, d_head, seed=seed)
    tokens = small.some_tokens(seed, batch, seq)
    expected = small.run(tokens, state, n_heads).heads
    for layer in range(n_layers):
        check.close(head_outputs(model, tokens, layer), expected[layer])


@pytest.mark.parametrize("layer", [0, 1])
def test_their_sum_and_the_bias_are_what_the_attention_gives(layer):
    model, state = small.gpt()
    tokens = small.some_tokens(1)
    bias = state[f"blocks.{layer}.attention.o_proj.bias"]
    found = head_outputs(model, tokens, layer).sum(1) + bias
    check.close(found, small.run(tokens, state).attention[layer])


def test_each_head_reads_its_own_columns_of_o_proj():
    model, state = small.gpt()
    state["blocks.1.attention.o_proj.weight"][:, 12:18] = 0  # of head 2
    gpt2.load(model, state)
    tokens = small.some_tokens(2)
    silent = head_outputs(model, tokens, 1).abs().amax((0, 2, 3)) == 0
    check.equal(silent.tolist(), [False, False, True, False])


@pytest.mark.parametrize(("batch", "seq"), [(3, 4), (4, 5), (6, 6)])
def test_texts_heads_and_places_are_not_mixed_up(batch, seq):
    model, state = small.gpt()
    tokens = small.some_tokens(3, batch, seq)
    check.close(head_outputs(model, tokens, 1), small.run(tokens, state).heads[1])


def test_float32_stays_float32():
    model, state = small.gpt(dtype=torch.float32)
    tokens = small.some_tokens(4)
    expected = small.run(tokens, state).heads[1]
    check.close(head_outputs(model, tokens, 1), expected, atol=1e-4)


def test_float64_is_float64_throughout():
    model, state = small.gpt()
    tokens = small.some_tokens(5)
    expected = small.run(tokens, state).heads[0]
    check.close(head_outputs(model, tokens, 0), expected, rtol=1e-12, atol=1e-12)


def test_in_a_trained_model_one_head_writes_most_where_the_answer_is_due():
    model, _, tokens, _, _ = oracle.tiny(3)
    lengths = head_outputs(model, tokens, 1).norm(dim=-1).mean(0)  # (heads, seq)
    check.equal(lengths.argmax(0)[[3, 11]].tolist(), [0, 1], hint="At a name's place it is head 0.")


def test_nothing_is_dropped():
    model, state = small.gpt(dropout=0.5)
    tokens = small.some_tokens(6)
    check.close(head_outputs(model, tokens, 1), small.run(tokens, state).heads[1])


def test_leaves_neither_hooks_nor_another_mode():
    model, _ = small.gpt(dropout=0.5)
    model.blocks[0].eval()
    before = modes(model)
    head_outputs(model, small.some_tokens(7), 1)
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), before)


def test_so_does_an_error():
    model, _ = small.gpt(dropout=0.5)
    model.blocks[1].eval()
    before = modes(model)
    check.raises(ValueError, head_outputs, model, small.some_tokens(8, seq=10), 0)
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), before)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, state = small.gpt()
    tokens = laid_out(small.some_tokens(9), layout)
    check.close(head_outputs(model, tokens, 0), small.run(tokens, state).heads[0])


def test_works_on_the_device_of_its_arguments():
    model, state = small.gpt(n_layers=1, n_heads=2)
    tokens = small.some_tokens(10, 3, 4)
    found = elsewhere(head_outputs, model, tokens, 0)
    check.close(found, small.run(tokens, state, n_heads=2).heads[0])
