"""forward_with_cache reads only what is new, and gives the logits of reading everything.

pytest tests/m06_sampler/test_forward_with_cache.py
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from kata.testing.sight import past
from milestones.m05_gpt import GPT, GPTConfig
from milestones.m06_sampler import KVCache, forward_with_cache
from tests.gpt2 import load, random_state, torch_gpt

CONTEXT_LENGTH, HEADS = 9, 2


def gpt(n_layers=2, seed=0, dropout=0.0):
    """A small GPT in eval mode, and its weights."""
    model = GPT(GPTConfig(7, CONTEXT_LENGTH, 6, n_layers, HEADS, dropout)).eval()
    state = {name: 0.5 * value for name, value in random_state(model.config, seed).items()}
    load(model, state)
    return model, state


def written(chunks):
    return " then ".join(map(str, chunks))


def read(model, tokens, chunks, cache=None):
    """The logits of all tokens, given in chunks of these lengths."""
    cache = KVCache(len(model.blocks)) if cache is None else cache
    return torch.cat([forward_with_cache(model, c, cache) for c in tokens.split(chunks, 1)], 1)


def test_a_cache_starts_empty_and_grows_by_what_is_read():
    model, _ = gpt()
    cache = KVCache(2)
    check.equal(cache.length, 0)
    forward_with_cache(model, torch.tensor([[1, 2, 3], [4, 5, 6], [0, 0, 0], [1, 1, 1]]), cache)
    check.equal(cache.length, 3, hint="length counts positions, not rows or layers.")
    forward_with_cache(model, torch.tensor([[1], [2], [3], [4]]), cache)
    check.equal(cache.length, 4)


def test_a_text_read_at_once():
    model, state = gpt()
    tokens = check.randint(7, 3, 5, seed=1)
    check.close(read(model, tokens, [5]), torch_gpt(tokens, state, HEADS), atol=1e-4)


def test_a_text_read_token_by_token():
    model, state = gpt()
    tokens = check.randint(7, 1, 5, seed=2)
    check.close(read(model, tokens, [1] * 5), torch_gpt(tokens, state, HEADS), atol=1e-4)


def test_a_second_chunk_stands_behind_the_first():
    model, state = gpt(n_layers=1)
    tokens = check.randint(7, 1, 4, seed=3)
    check.close(read(model, tokens, [3, 1]), torch_gpt(tokens, state, HEADS), atol=1e-4)


@pytest.mark.parametrize("chunks", [[2, 3], [4, 1]], ids=written)
def test_in_any_chunks_no_score_depends_on_a_later_token_or_another_text(chunks):
    model, _ = gpt()
    model.double()
    tokens = check.randint(7, 2, 5, seed=4)
    check.sees(lambda x: read(model, x, chunks), tokens, past(batch=2, seq=5))


@settings(max_examples=10)  # each takes a while
@given(
    chunks=st.lists(st.integers(1, 4), min_size=1, max_size=5).filter(lambda c: sum(c) <= 9),
    batch=st.integers(1, 3),
    n_layers=st.integers(1, 3),
    seed=st.integers(0, 9),
)
def test_any_chunks_give_the_logits_of_one_full_pass(chunks, batch, n_layers, seed):
    model, state = gpt(n_layers, seed)
    tokens = check.randint(7, batch, sum(chunks), seed=seed)
    check.close(read(model, tokens, chunks), torch_gpt(tokens, state, HEADS), atol=1e-4)


def test_in_float64_twelve_digits_are_right():
    model, state = gpt()
    model, state = model.double(), {name: value.double() for name, value in state.items()}
    tokens = check.randint(7, 2, 6, seed=12)
    expected = torch_gpt(tokens, state, HEADS)
    logits = read(model, tokens, [3, 1, 2])
    check.close(logits, expected, rtol=1e-12, atol=1e-12, hint="Was float32 used on the way?")


def test_the_whole_context_can_be_used():
    model, state = gpt()
    tokens = check.randint(7, 2, CONTEXT_LENGTH, seed=5)
    check.close(read(model, tokens, [4, 4, 1]), torch_gpt(tokens, state, HEADS), atol=1e-4)


@pytest.mark.parametrize("chunks", [[10], [9, 1], [4, 6]], ids=written)
def test_a_text_longer_than_the_context_is_an_error_that_names_both_lengths(chunks):
    model, _ = gpt()
    tokens = check.randint(7, 1, sum(chunks), seed=6)
    check.raises(ValueError, read, model, tokens, chunks, names=(10, CONTEXT_LENGTH))


def test_after_that_error_the_cache_is_as_it_was():
    model, state = gpt()
    cache = KVCache(2)
    tokens = check.randint(7, 2, 6, seed=7)
    read(model, tokens[:, :4], [4], cache)
    check.raises(ValueError, read, model, tokens, [6], cache)
    check.equal(cache.length, 4)
    expected = torch_gpt(tokens, state, HEADS)[:, 4:]
    check.close(read(model, tokens[:, 4:], [1, 1], cache), expected, atol=1e-4)


def test_no_position_is_computed_twice():
    model, _ = gpt(n_layers=3)
    computed = []
    for block in model.blocks:
        block.mlp.register_forward_hook(lambda *call: computed.append(call[-1].size(1)))
    read(model, check.randint(7, 2, 8, seed=8), [3, 1, 2, 1, 1])
    check.equal(sum(computed), 3 * 8, hint="Positions that went through the MLPs of three layers.")


def test_two_caches_know_nothing_of_each_other():
    model, state = gpt()
    one, other = check.randint(7, 1, 4, seed=9), check.randint(7, 1, 4, seed=10)
    first, second = KVCache(2), KVCache(2)
    read(model, one[:, :2], [2], first)
    read(model, other[:, :3], [3], second)
    expected = torch_gpt(one, state, HEADS)[:, 2:]
    check.close(read(model, one[:, 2:], [2], first), expected, atol=1e-4)
    expected = torch_gpt(other, state, HEADS)[:, 3:]
    check.close(read(model, other[:, 3:], [1], second), expected, atol=1e-4)


def test_a_model_with_dropout_does_not_drop_in_eval_mode():
    model, state = gpt(dropout=0.5)
    tokens = check.randint(7, 2, 4, seed=11)
    check.close(read(model, tokens, [3, 1]), torch_gpt(tokens, state, HEADS), atol=1e-4)


def test_the_model_s_mode_is_left_alone():
    model, _ = gpt()
    read(model.train(), torch.tensor([[1, 2]]), [1, 1])
    check.equal(all(module.training for module in model.modules()), True)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_tokens_in_memory_does_not_matter(layout):
    model, state = gpt()
    tokens = laid_out(check.randint(7, 3, 5, seed=13), layout)
    expected = torch_gpt(tokens, state, HEADS)
    check.close(forward_with_cache(model, tokens, KVCache(2)), expected, atol=1e-4)


def test_works_on_the_device_of_model_and_tokens():
    model, state = gpt()
    tokens = check.randint(7, 2, 5, seed=14)
    logits = elsewhere(lambda model, tokens: read(model, tokens, [2, 3]), model, tokens)
    check.close(logits, torch_gpt(tokens, state, HEADS), atol=1e-4)


def test_leaves_the_tokens_alone():
    model, _ = gpt()
    tokens = torch.tensor([[1, 2, 6]])
    read(model, tokens, [2, 1])
    expected = torch.tensor([[1, 2, 6]])
    check.close(tokens, expected, hint="forward_with_cache never writes to the tokens.")
