"""logit_lens shows what a model would say if it stopped before its first block, or after any.

pytest tests/m13_inside/test_logit_lens.py
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m05_gpt import GPT, GPTConfig
from milestones.m13_inside import logit_lens
from tests import gpt2
from tests.m13_inside import oracle, small
from tests.m13_inside.oracle import count_hooks, modes


def through_a_lens(tokens, state, n_heads=small.HEADS):
    return oracle.unembed(small.run(tokens, state, n_heads).stream, state)


def test_two_features_worked_by_hand():
    config = GPTConfig(vocab_size=3, context_length=2, d_model=2, n_layers=1, n_heads=1)
    state = {name: torch.zeros(shape) for name, shape in gpt2.shapes(config).items()}
    state["token_embedding.weight"] = torch.tensor([[3.0, 1.0], [0.0, 20.0], [7.0, 5.0]])
    state["blocks.0.mlp.down.bias"] = torch.tensor([0.0, 100.0])
    state["final_norm.weight"] = torch.tensor([1.0, 2.0])
    state["final_norm.bias"] = torch.tensor([0.0, 10.0])
    model = GPT(config)
    gpt2.load(model, state)
    # Before the block the larger feature of 0 is the first: (1, -1), after it the second: (-1, 1).
    expected = torch.tensor([[[[11.0, 160.0, 47.0]]], [[[9.0, 240.0, 53.0]]]])
    check.close(logit_lens(model, torch.tensor([[0]])), expected, atol=1e-3)


@settings(max_examples=10)  # each takes a while
@given(sizes=st.tuples(*[st.integers(1, 4)] * 5), seed=st.integers(0, 9))
def test_agrees_with_the_equation_on_a_gpt_of_any_size(sizes, seed):
    n_layers, n_heads, d_head, batch, seq = sizes
    model, state = small.gpt(n_layers, n_heads, d_head, seed=seed)
    tokens = small.some_tokens(seed, batch, seq)
    check.close(logit_lens(model, tokens), through_a_lens(tokens, state, n_heads))


def test_the_last_are_the_models_own_logits():
    model, state = small.gpt()
    tokens = small.some_tokens(1)
    check.close(logit_lens(model, tokens)[-1], small.run(tokens, state).logits)


def test_the_first_depend_on_no_token_but_the_one_there():
    model, state = small.gpt()
    tokens = small.some_tokens(2)
    streams = state["token_embedding.weight"] + state["position_embedding.weight"][3]  # (vocab, …)
    expected = oracle.unembed(streams, state)[tokens[:, 3]]
    check.close(logit_lens(model, tokens)[0, :, 3], expected)


def test_float32_stays_float32():
    model, state = small.gpt(dtype=torch.float32)
    tokens = small.some_tokens(3)
    check.close(logit_lens(model, tokens), through_a_lens(tokens, state), atol=1e-3)


def test_float64_is_float64_throughout():
    model, state = small.gpt()
    tokens = small.some_tokens(4)
    expected = through_a_lens(tokens, state)
    check.close(logit_lens(model, tokens), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("in_place", [False, True])
def test_another_model_with_a_norm_of_its_own(in_place):
    model = oracle.Other(3, in_place).requires_grad_(False)
    tokens = small.some_tokens(5)
    _, expected = oracle.other_run(tokens, oracle.copied(model))
    check.close(logit_lens(model, tokens), expected)


def test_a_trained_model_knows_the_answer_only_at_the_end():
    model, _, tokens, receiver, _ = oracle.tiny(3)
    answers = logit_lens(model, tokens)[:, :, -1].argmax(-1)  # (layers + 1, batch)
    right = (answers == receiver).sum(-1).tolist()
    check.equal(right, [0, 0, 3], hint="This many of three answers are right.")


def test_nothing_is_dropped():
    model, state = small.gpt(dropout=0.5)
    tokens = small.some_tokens(6)
    check.close(logit_lens(model, tokens), through_a_lens(tokens, state))


def test_leaves_neither_hooks_nor_another_mode():
    model, _ = small.gpt(dropout=0.5)
    model.blocks[0].eval()
    before = modes(model)
    logit_lens(model, small.some_tokens(7))
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), before)


def test_so_does_an_error():
    model, _ = small.gpt(dropout=0.5)
    model.blocks[1].eval()
    before = modes(model)
    check.raises(ValueError, logit_lens, model, small.some_tokens(8, seq=10))
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), before)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, state = small.gpt()
    tokens = laid_out(small.some_tokens(9), layout)
    check.close(logit_lens(model, tokens), through_a_lens(tokens, state))


def test_works_on_the_device_of_its_arguments():
    model, state = small.gpt(n_layers=1, n_heads=2)
    tokens = small.some_tokens(10, 3, 4)
    check.close(elsewhere(logit_lens, model, tokens), through_a_lens(tokens, state, n_heads=2))
