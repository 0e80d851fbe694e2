"""LlamaBlock adds to the stream what attention and SwiGLU find in a normed copy of it.

pytest tests/m10_llama/test_LlamaBlock.py
"""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from kata.testing.sight import past
from milestones.m10_llama import LlamaBlock, LlamaCache, LlamaConfig
from tests.m10_llama import oracle
from tests.m10_llama.oracle import agree_on_gradients, block_shapes, load, random_state, turns

CONFIG = LlamaConfig(7, 9, d_model=8, n_layers=3, n_heads=4, n_kv_heads=2, d_hidden=5)


class Recording(oracle.Notes, LlamaCache):
    """A LlamaCache with a memory of its own."""


def loaded(config=CONFIG, seed=0, silent=()):
    """A block of the learner's, and its weights; those named as silent are zero."""
    state = random_state(block_shapes(config), seed)
    for name in silent:
        state[f"{name}.weight"].zero_()
    return load(LlamaBlock(config), state), state


def numbers(*shape, seed):
    return check.randn(*shape, seed=seed, dtype=torch.float64)


def exactly(found, expected, hint=""):
    check.close(found, expected, rtol=1e-10, atol=1e-10, hint=hint)


def test_two_numbers_worked_by_hand():
    config = LlamaConfig(7, 9, 2, 1, 1, 1, d_hidden=1)
    state = {name: torch.zeros(shape) for name, shape in block_shapes(config).items()}
    state["attention_norm.weight"] = state["mlp_norm.weight"] = torch.ones(2)
    state["attention.v_proj.weight"] = torch.eye(2)
    state["attention.o_proj.weight"] = torch.tensor([[0.0, 0.0], [0.0, 6.0]])
    state["mlp.gate_proj.weight"] = torch.tensor([[0.0, 30.0]])
    state["mlp.up_proj.weight"] = torch.tensor([[1.0, 0.0]])
    state["mlp.down_proj.weight"] = torch.tensor([[1.0], [0.0]])
    block = load(LlamaBlock(config), state)
    x = torch.tensor([[[1.0, -1.0]]])  # normed it is the same; 6 · -1 is added: [1, -7]
    # Normed [0.2, -1.4]: the gate is silu(-42), and lets nothing pass.
    still = torch.ones(1, 1), torch.zeros(1, 1)
    check.close(block(x, *still), torch.tensor([[[1.0, -7.0]]]))
    # [-1, 1] becomes [-1, 7], normed [-0.2, 1.4]: the gate is 42, and -0.2 · 42 is added.
    check.close(block(-x, *still), torch.tensor([[[-9.4, 7.0]]]))


def test_parameters_have_the_documented_names_and_shapes():
    found = oracle.shapes_of(LlamaBlock(CONFIG))
    check.equal(found, dict(sorted(block_shapes(CONFIG).items())))


def test_sublayers_that_find_nothing_leave_the_stream_as_it_was():
    block, _ = loaded(silent=["attention.o_proj", "mlp.down_proj"])
    x = numbers(2, 3, 8, seed=1)
    exactly(block(x, *turns(3, 1, seed=2)), x)


SILENT = {
    "attention alone": ["mlp.down_proj"],
    "the mlp alone": ["attention.o_proj"],
    "values alone": ["attention.q_proj", "mlp.down_proj"],
}


@pytest.mark.parametrize("part", SILENT)
@pytest.mark.parametrize("eps", [1e-5, 0.5])
def test_each_sublayer_reads_what_is_normed_with_the_eps_of_the_config(part, eps):
    config = replace(CONFIG, norm_eps=eps)
    block, state = loaded(config, silent=SILENT[part])
    x, (cos, sin) = numbers(2, 3, 8, seed=3), turns(3, 1, seed=4)
    exactly(block(x, cos, sin), oracle.block(x, state, config, cos, sin))


def test_the_mlp_reads_what_attention_has_added():
    block, state = loaded()
    state["attention.o_proj.weight"] *= 20  # against which x is little
    load(block, state)
    x, (cos, sin) = numbers(2, 3, 8, seed=5), turns(3, 1, seed=6)
    exactly(block(x, cos, sin), oracle.block(x, state, CONFIG, cos, sin))


@settings(max_examples=15)  # each takes a while
@given(
    sizes=st.tuples(*[st.integers(1, 3)] * 2),
    kept=st.integers(0, 2),
    heads=st.sampled_from([(1, 1), (2, 1), (3, 3), (4, 2)]),
    pairs=st.integers(1, 2),
    d_hidden=st.integers(1, 7),
    seed=st.integers(0, 9),
)
def test_agrees_with_the_definition_on_any_sizes(sizes, kept, heads, pairs, d_hidden, seed):
    (batch, new), d_head = sizes, 2 * pairs
    config = LlamaConfig(7, 9, heads[0] * d_head, 1, *heads, d_hidden)
    block, state = loaded(config, seed)
    x, (cos, sin) = numbers(batch, new, config.d_model, seed=seed), turns(new, pairs, seed=seed)
    before = numbers(2, batch, heads[1], kept, d_head, seed=seed).unbind() if kept else None
    mask = check.randint(3, batch, new, kept + new, seed=seed) > 0
    expected = oracle.block(x, state, config, cos, sin, mask, before)
    exactly(block(x, cos, sin, mask, Recording(before)), expected)


@pytest.mark.parametrize("shape", [(), (3,), (3, 3), (2, 1, 3), (2, 3, 1)], ids=str)
def test_the_mask_is_handed_to_attention(shape):
    block, state = loaded()
    x, (cos, sin) = numbers(2, 3, 8, seed=7), turns(3, 1, seed=8)
    mask = check.randint(3, *shape, seed=9) > 0
    exactly(block(x, cos, sin, mask), oracle.block(x, state, CONFIG, cos, sin, mask))


def test_without_a_mask_every_query_sees_all_that_there_is():
    block, state = loaded()
    x, (cos, sin) = numbers(2, 3, 8, seed=10), turns(3, 1, seed=11)
    before = numbers(2, 2, 2, 4, 2, seed=12).unbind()
    found = block(x, cos, sin, cache=Recording(before))
    exactly(found, oracle.block(x, state, CONFIG, cos, sin, None, before))


def test_every_row_may_stand_at_places_of_its_own():
    block, state = loaded()
    x, (cos, sin) = numbers(3, 2, 8, seed=13), turns(3, 1, 2, 1, seed=14)
    exactly(block(x, cos, sin), oracle.block(x, state, CONFIG, cos, sin))


@pytest.mark.parametrize("layer", [0, 2])
def test_the_cache_and_the_number_of_the_layer_are_handed_to_attention(layer):
    block, state = loaded()
    x, (cos, sin) = numbers(2, 1, 8, seed=15), turns(1, 1, seed=16)
    pasts = [numbers(2, 2, 2, 3, 2, seed=17 + i).unbind() for i in range(3)]
    cache = Recording(*pasts)
    found = block(x, cos, sin, None, cache, layer)
    check.equal([number for number, _, _ in cache.came], [layer])
    exactly(found, oracle.block(x, state, CONFIG, cos, sin, None, pasts[layer]))


def test_under_a_causal_mask_no_place_sees_a_later_one_or_another_text():
    block, _ = loaded()
    (cos, sin), mask = turns(3, 1, seed=20), torch.ones(3, 3, dtype=torch.bool).tril()
    x = numbers(2, 3, 8, seed=21)
    check.sees(lambda x: block(x, cos, sin, mask), x, past(batch=2, seq=3))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    block, state = loaded()
    x = laid_out(numbers(3, 2, 8, seed=22), layout)
    cos, sin = (laid_out(part, layout) for part in turns(2, 1, seed=23))
    mask = laid_out(check.randint(3, 3, 2, 2, seed=24) > 0, layout)
    exactly(block(x, cos, sin, mask), oracle.block(x, state, CONFIG, cos, sin, mask))


def test_works_on_the_device_of_its_arguments():
    block, state = loaded()
    x, (cos, sin) = numbers(3, 2, 8, seed=25), turns(2, 1, seed=26)
    mask = check.randint(3, 2, 2, seed=27) > 0
    expected = oracle.block(x, state, CONFIG, cos, sin, mask)
    exactly(elsewhere(block, x, cos, sin, mask), expected)


def test_float64_keeps_its_digits():
    block, state = loaded()
    x, (cos, sin) = numbers(2, 3, 8, seed=28), turns(3, 1, seed=29)
    expected = oracle.block(x, state, CONFIG, cos, sin)
    check.close(block(x, cos, sin), expected, rtol=1e-12, atol=1e-12)


def test_x_and_every_parameter_learn():
    block, state = loaded()
    x, (cos, sin) = numbers(2, 3, 8, seed=30).requires_grad_(), turns(3, 1, seed=31)
    mask = torch.ones(3, 3).tril().bool()
    agree_on_gradients(
        block,
        state,
        lambda: block(x, cos, sin, mask),
        lambda leaves: oracle.block(x, leaves, CONFIG, cos, sin, mask),
        x=x,
    )


@pytest.mark.parametrize("argument", ["x", "cos", "sin", "mask"])
def test_leaves_its_arguments_alone(argument):
    block, _ = loaded()
    cos, sin = turns(3, 1, seed=32)
    mask = check.randint(3, 3, 3, seed=33) > 0
    arguments = {"x": numbers(2, 3, 8, seed=34), "cos": cos, "sin": sin, "mask": mask}
    before = arguments[argument].clone()
    block(**arguments)
    check.close(arguments[argument], before, hint=f"Nothing is ever written to {argument}.")
