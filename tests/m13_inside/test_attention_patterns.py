"""attention_patterns shows who looks at whom: the weights of every head of every layer.

pytest tests/m13_inside/test_attention_patterns.py
"""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m05_gpt import GPT, GPTConfig
from milestones.m13_inside import attention_patterns
from tests import gpt2
from tests.m13_inside import oracle, small
from tests.m13_inside.oracle import count_hooks, modes

PLACES = 4


def planted():
    """A GPT of one layer and two heads, written by hand, which sees nothing but its places.

    Head 0 looks at the place before; head 1 gives place 0 the score ln 3, and all others 0.
    """
    width = 2 * PLACES
    config = GPTConfig(3, PLACES, width, n_layers=1, n_heads=2)
    state = {name: torch.zeros(shape) for name, shape in gpt2.shapes(config).items()}
    one_hot = torch.eye(PLACES, width)  # what the norm gives at each place:
    state["position_embedding.weight"] = one_hot
    deviation = math.sqrt((1 - 1 / width) / width + 1e-5)
    state["blocks.0.attention_norm.weight"] = torch.full((width,), deviation)
    state["blocks.0.attention_norm.bias"] = torch.full((width,), 1 / width)
    keys, queries = torch.zeros(width, width), torch.zeros(width, width)
    root = math.sqrt(PLACES)
    for place in range(1, PLACES):
        keys[place - 1, place - 1] = 1
        queries[place - 1, place] = 100 * root
    keys[PLACES, 0] = 1
    state["blocks.0.attention.q_proj.bias"][PLACES] = math.log(3) * root
    state["blocks.0.attention.k_proj.weight"] = keys
    state["blocks.0.attention.q_proj.weight"] = queries
    model = GPT(config)
    gpt2.load(model, state)
    return model


def test_two_heads_written_by_hand():
    found = attention_patterns(planted(), torch.tensor([[0, 2, 1, 1], [2, 2, 0, 1]]))
    before = torch.tensor([[1.0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]])
    first = torch.tensor(
        [[1.0, 0, 0, 0], [3 / 4, 1 / 4, 0, 0], [3 / 5, 1 / 5, 1 / 5, 0], [3 / 6] + [1 / 6] * 3]
    )
    check.close(found, torch.stack([before, first]).expand(1, 2, 2, 4, 4))


@settings(max_examples=10)  # each takes a while
@given(sizes=st.tuples(*[st.integers(1, 4)] * 3), seed=st.integers(0, 9))
def test_agrees_with_one_head_at_a_time_on_any_size(sizes, seed):
    n_layers, n_heads, batch = sizes
    model, state = small.gpt(n_layers, n_heads, d_head=5, seed=seed)
    tokens = small.some_tokens(seed, batch, 6)
    found = attention_patterns(model, tokens)
    check.close(found, small.run(tokens, state, n_heads).patterns)


@pytest.mark.parametrize(("batch", "seq"), [(3, 5), (5, 4), (4, 2), (2, 6)])
def test_texts_heads_and_places_are_not_mixed_up(batch, seq):
    model, state = small.gpt()
    tokens = small.some_tokens(1, batch, seq)
    check.close(attention_patterns(model, tokens), small.run(tokens, state).patterns)


def test_the_weights_of_each_query_sum_to_one():
    model, _ = small.gpt()
    found = attention_patterns(model, small.some_tokens(2))
    check.close(found.sum(-1), torch.ones(2, 3, 4, 5, dtype=torch.float64))


def test_nothing_looks_ahead():
    model, _ = small.gpt()
    ahead = attention_patterns(model, small.some_tokens(3)).triu(1)
    check.close(ahead, torch.zeros(2, 3, 4, 5, 5, dtype=torch.float64), atol=0)


def test_one_token_looks_at_itself():
    model, _ = small.gpt(dtype=torch.float32)
    found = attention_patterns(model, torch.tensor([[3], [5]]))
    check.close(found, torch.ones(2, 2, 4, 1, 1))


def test_what_is_to_come_changes_no_pattern():
    model, _ = small.gpt()
    tokens = small.some_tokens(4)
    short, long = (attention_patterns(model, text) for text in (tokens[:, :3], tokens))
    check.close(long[..., :3, :3], short)


def test_float32_stays_float32():
    model, state = small.gpt(dtype=torch.float32)
    tokens = small.some_tokens(5)
    check.close(attention_patterns(model, tokens), small.run(tokens, state).patterns, atol=1e-4)


def test_float64_is_float64_throughout():
    model, state = small.gpt()
    tokens = small.some_tokens(6)
    expected = small.run(tokens, state).patterns
    check.close(attention_patterns(model, tokens), expected, rtol=1e-12, atol=1e-12)


def test_in_a_trained_model_the_last_place_asks_for_the_giver():
    model, _, tokens, _, _ = oracle.tiny(3)
    last = attention_patterns(model, tokens)[:, :, :, -1].mean(1)  # (layers, heads, key)
    names, giver = last[0, :, [1, 3]].sum(-1), last[1, :, 8]
    check.equal((names > 0.5).tolist(), [True] * 4, hint="Layer 0 reads the two names.")
    check.equal((giver > 0.6).tolist(), [True] * 4, hint="Layer 1 reads who gives.")


def test_nothing_is_dropped():
    model, state = small.gpt(dropout=0.5)
    tokens = small.some_tokens(7)
    check.close(attention_patterns(model, tokens), small.run(tokens, state).patterns)


def test_leaves_neither_hooks_nor_another_mode():
    model, _ = small.gpt(dropout=0.5)
    model.blocks[0].eval()
    before = modes(model)
    attention_patterns(model, small.some_tokens(8))
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), before)


def test_so_does_an_error():
    model, _ = small.gpt(dropout=0.5)
    model.blocks[1].eval()
    before = modes(model)
    check.raises(ValueError, attention_patterns, model, small.some_tokens(9, seq=10))
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), before)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, state = small.gpt()
    tokens = laid_out(small.some_tokens(10), layout)
    check.close(attention_patterns(model, tokens), small.run(tokens, state).patterns)


def test_works_on_the_device_of_its_arguments():
    model, state = small.gpt(n_layers=1, n_heads=2)
    tokens = small.some_tokens(11, 3, 4)
    found = elsewhere(attention_patterns, model, tokens)
    check.close(found, small.run(tokens, state, n_heads=2).patterns)
