"""attribute_logits says how much each part gives to the last norm's output in a direction.

pytest tests/m13_inside/test_attribute_logits.py
"""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m05_gpt import GPT, GPTConfig
from milestones.m13_inside import attribute_logits
from tests import gpt2
from tests.m13_inside import oracle, small
from tests.m13_inside.oracle import count_hooks, modes


def shares_of(tokens, state, direction, n_heads=small.HEADS, heads=False):
    """The names, and the shares: of each row for itself, one part after the other."""
    run = small.run(tokens, state, n_heads)
    parts = {"embedding": run.stream[0]}
    for layer in range(len(run.mlp)):
        if heads:
            for head in range(n_heads):
                parts[f"{layer}.attention.{head}"] = run.heads[layer, :, head]
            bias = state[f"blocks.{layer}.attention.o_proj.bias"]
            parts[f"{layer}.attention.bias"] = bias + torch.zeros_like(run.stream[0])
        else:
            parts[f"{layer}.attention"] = run.attention[layer]
        parts[f"{layer}.mlp"] = run.mlp[layer]
    last = run.stream[-1]
    deviation = ((last - last.mean(-1, True)).square().mean(-1) + 1e-5).sqrt()  # (batch, seq)
    found = []
    for part in parts.values():
        scaled = (part - part.mean(-1, True)) * state["final_norm.weight"]
        rows = [row @ direction.expand(len(tokens), -1)[i] for i, row in enumerate(scaled)]
        found.append(torch.stack(rows) / deviation)
    return list(parts), torch.stack(found)


def agree(found, expected, **tolerance):
    (names, shares), (right_names, right_shares) = found, expected
    check.equal(names, right_names)
    check.close(shares, right_shares, **tolerance)


def some_direction(*shape, seed=0, dtype=torch.float64):
    return check.randn(*shape, small.D_MODEL, seed=seed, dtype=dtype)


def test_two_parts_worked_by_hand():
    config = GPTConfig(vocab_size=1, context_length=1, d_model=4, n_layers=1, n_heads=2)
    state = {name: torch.zeros(shape) for name, shape in gpt2.shapes(config).items()}
    state["token_embedding.weight"] = torch.tensor([[2.0, 0.0, 0.0, 0.0]])
    state["blocks.0.attention.o_proj.bias"] = torch.tensor([0.0, 0.0, 2.0, 0.0])
    state["final_norm.weight"] = torch.tensor([1.0, 2.0, 3.0, 4.0])
    state["final_norm.bias"] = torch.tensor([5.0, 5.0, 5.0, 5.0])
    model = GPT(config)
    gpt2.load(model, state)
    # The stream is (2, 0, 2, 0): its mean is 1, and its variance 1. Centred, the embedding is
    # (1.5, -.5, -.5, -.5), and the attention (-.5, -.5, 1.5, -.5).
    direction = torch.tensor([1.0, 0.0, 0.0, 1.0])
    expected = ["embedding", "0.attention", "0.mlp"], torch.tensor([[[-0.5]], [[-2.5]], [[0.0]]])
    agree(attribute_logits(model, torch.tensor([[0]]), direction), expected)


@settings(max_examples=10)  # each takes a while
@given(
    sizes=st.tuples(*[st.integers(1, 4)] * 5),
    heads=st.booleans(),
    a_row=st.booleans(),
    seed=st.integers(0, 9),
)
def test_agrees_with_the_equation_on_a_gpt_of_any_size(sizes, heads, a_row, seed):
    n_layers, n_heads, half, batch, seq = sizes
    d_head = 2 * half  # of a single number there is no unbiased variance
    model, state = small.gpt(n_layers, n_heads, d_head, seed=seed)
    tokens = small.some_tokens(seed, batch, seq)
    shape = (batch, n_heads * d_head) if a_row else (n_heads * d_head,)
    direction = check.randn(*shape, seed=seed, dtype=torch.float64)
    expected = shares_of(tokens, state, direction, n_heads, heads)
    agree(attribute_logits(model, tokens, direction, heads), expected)


@pytest.mark.parametrize("heads", [False, True])
def test_the_shares_sum_to_the_norms_output_in_that_direction_but_for_its_bias(heads):
    model, state = small.gpt()
    tokens, direction = small.some_tokens(1), some_direction(seed=1)
    _, shares = attribute_logits(model, tokens, direction, heads)
    whole = small.run(tokens, state).final @ direction
    check.close(shares.sum(0), whole - state["final_norm.bias"] @ direction)


def test_a_difference_of_two_tokens_gives_the_difference_of_their_logits():
    model, state = small.gpt()
    state["final_norm.bias"].zero_()
    gpt2.load(model, state)
    tokens, table = small.some_tokens(2), state["token_embedding.weight"]
    _, shares = attribute_logits(model, tokens, table[3] - table[8])
    logits = small.run(tokens, state).logits
    check.close(shares.sum(0), logits[..., 3] - logits[..., 8])


@pytest.mark.parametrize(("batch", "seq"), [(3, 5), (5, 5), (4, 1)])
def test_each_row_may_have_a_direction_of_its_own(batch, seq):
    model, state = small.gpt()
    tokens, direction = small.some_tokens(3, batch, seq), some_direction(batch, seed=3)
    found = attribute_logits(model, tokens, direction)
    agree(found, shares_of(tokens, state, direction))


def test_a_small_stream_is_divided_as_the_norm_divides_it():
    model, state = small.gpt()
    for name in state:
        if "embedding" in name or "o_proj" in name or "down" in name:
            state[name] *= 1e-3
    gpt2.load(model, state)
    tokens, direction = small.some_tokens(4), some_direction(seed=4)
    expected = shares_of(tokens, state, direction)
    agree(attribute_logits(model, tokens, direction), expected)


def test_float32_stays_float32():
    model, state = small.gpt(dtype=torch.float32)
    tokens, direction = small.some_tokens(5), some_direction(seed=5, dtype=torch.float32)
    expected = shares_of(tokens, state, direction)
    agree(attribute_logits(model, tokens, direction), expected, atol=1e-3)


def test_float64_is_float64_throughout():
    model, state = small.gpt()
    tokens, direction = small.some_tokens(6), some_direction(seed=6)
    expected = shares_of(tokens, state, direction)
    agree(attribute_logits(model, tokens, direction), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("heads", "part"), [(False, "1.attention"), (True, "1.attention.1")])
def test_in_a_trained_model_the_last_attention_says_who_receives(heads, part):
    model, state, tokens, receiver, giver = oracle.tiny(3)
    table = state["token_embedding.weight"]
    names, shares = attribute_logits(model, tokens, table[receiver] - table[giver], heads)
    check.equal(names[int(shares[:, :, -1].mean(1).argmax())], part)


def test_nothing_is_dropped():
    model, state = small.gpt(dropout=0.5)
    tokens, direction = small.some_tokens(7), some_direction(seed=7)
    found = attribute_logits(model, tokens, direction)
    agree(found, shares_of(tokens, state, direction))


def test_leaves_neither_hooks_nor_another_mode():
    model, _ = small.gpt(dropout=0.5)
    model.blocks[0].eval()
    before = modes(model)
    attribute_logits(model, small.some_tokens(8), some_direction())
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), before)


def test_so_does_an_error():
    model, _ = small.gpt(dropout=0.5)
    model.blocks[1].eval()
    before = modes(model)
    too_long = small.some_tokens(9, seq=10)
    check.raises(ValueError, attribute_logits, model, too_long, some_direction())
    check.equal(count_hooks(model), 0)
    check.equal(modes(model), before)


def test_leaves_the_direction_alone():
    model, _ = small.gpt()
    direction = some_direction(small.BATCH, seed=10)
    before = direction.clone()
    attribute_logits(model, small.some_tokens(10), direction)
    check.close(direction, before)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, state = small.gpt()
    tokens = laid_out(small.some_tokens(11), layout)
    direction = laid_out(some_direction(small.BATCH, seed=11), layout)
    found = attribute_logits(model, tokens, direction)
    agree(found, shares_of(tokens, state, direction))


def test_works_on_the_device_of_its_arguments():
    model, state = small.gpt(n_layers=1, n_heads=2)
    tokens = small.some_tokens(12, 2, 3)
    direction = check.randn(2, 2 * small.D_HEAD, seed=12, dtype=torch.float64)
    found = elsewhere(attribute_logits, model, tokens, direction)
    agree(found, shares_of(tokens, state, direction, n_heads=2))
