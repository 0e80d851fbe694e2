"""ablate_head runs the model without what one head writes, or with the head's mean instead.

pytest tests/m13_inside/test_ablate_head.py
"""

import pytest
import torch

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m13_inside import ablate_head
from tests.m13_inside.interventions import (
    ALL,
    D_HEAD,
    HEADS,
    fail_in_run,
    gpt,
    head_ablated,
    left_behind,
    modes_of_runs,
    put,
    run,
    some_tokens,
)

EACH = [(0, 0), (0, 1), (1, 1), (1, 2)]
BOTH = pytest.mark.parametrize("mean", [False, True])


@pytest.mark.parametrize(("layer", "head"), EACH)
def test_the_head_writes_nothing_and_all_others_go_on(layer, head):
    model, state = gpt()
    tokens = some_tokens()
    found = ablate_head(model, tokens, layer, head)
    check.close(found, head_ablated(state, tokens, layer, head))


@pytest.mark.parametrize(("layer", "head"), EACH)
def test_with_mean_it_writes_its_mean_over_rows_and_positions(layer, head):
    model, state = gpt()
    tokens = some_tokens(seed=1)
    found = ablate_head(model, tokens, layer, head, mean=True)
    check.close(found, head_ablated(state, tokens, layer, head, mean=True))


def test_without_its_only_head_the_attention_still_gives_its_bias():
    model, state = gpt(n_layers=1, n_heads=1)
    tokens = some_tokens(seed=2)
    bias = state["blocks.0.attention.o_proj.bias"]
    expected = run(tokens, state, n_heads=1, change=put("attention", 0, ALL, bias)).logits
    check.close(ablate_head(model, tokens, 0, 0), expected, hint="It belongs to no head.")


@BOTH
def test_a_head_that_writes_nothing_is_not_missed(mean):
    model, state = gpt()
    tokens = some_tokens(seed=3)
    columns = slice(2 * D_HEAD, 3 * D_HEAD)  # of o_proj, which meet head 2
    state["blocks.1.attention.o_proj.weight"][:, columns] = 0
    model.load_state_dict(state, strict=False)
    check.close(ablate_head(model, tokens, 1, 2, mean), run(tokens, state).logits)


def test_the_mean_of_a_single_place_is_what_stands_there():
    model, state = gpt()
    tokens = some_tokens(seed=4, batch=1, seq=1)
    check.close(ablate_head(model, tokens, 0, 1, mean=True), run(tokens, state).logits)


def test_the_mean_is_the_same_for_all_rows():
    model, state = gpt()
    tokens = some_tokens(seed=5)
    tokens[2] = tokens[0]
    found = ablate_head(model, tokens, 1, 0, mean=True)
    check.close(found, head_ablated(state, tokens, 1, 0, mean=True))
    check.close(found[2], found[0])


@BOTH
def test_as_many_rows_as_positions_and_heads_are_not_mixed_up(mean):
    model, state = gpt()
    tokens = some_tokens(seed=6, batch=HEADS, seq=HEADS)
    check.close(ablate_head(model, tokens, 0, 1, mean), head_ablated(state, tokens, 0, 1, mean))


def test_each_run_is_in_eval_mode():
    model, _ = gpt()
    check.equal(modes_of_runs(model, ablate_head, model, some_tokens(seed=7), 0, 2), {False})


@BOTH
def test_no_hook_stays_and_every_module_keeps_its_mode_and_weights(mean):
    model, _ = gpt(dropout=0.5)
    model.blocks[1].eval()
    tokens = some_tokens(seed=8)
    check.equal(left_behind(model, ablate_head, model, tokens, 1, 2, mean), [])


@pytest.mark.parametrize("number", [1, 2, 3])
def test_nothing_stays_behind_where_a_run_fails(number):
    model, _ = gpt(dropout=0.5)
    model.blocks[0].eval()
    fail_in_run(model, number)
    tokens = some_tokens(seed=9)
    check.equal(left_behind(model, ablate_head, model, tokens, 1, 2), [])


def test_the_next_run_has_the_head_again():
    model, state = gpt()
    tokens = some_tokens(seed=10)
    ablate_head(model, tokens, 1, 2)
    check.close(model(tokens), run(tokens, state).logits)


@BOTH
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout, mean):
    model, state = gpt()
    tokens = some_tokens(seed=11)
    found = ablate_head(model, laid_out(tokens, layout), 1, 1, mean)
    check.close(found, head_ablated(state, tokens, 1, 1, mean))


@BOTH
def test_works_on_the_device_of_its_arguments(mean):
    model, state = gpt()
    tokens = some_tokens(seed=12)
    tokens = tokens[:2, :3]  # there everything takes long
    found = elsewhere(ablate_head, model, tokens, 0, 2, mean)
    check.close(found, head_ablated(state, tokens, 0, 2, mean))


@BOTH
def test_float64_is_float64_throughout(mean):
    model, state = gpt()
    tokens = some_tokens(seed=13)
    expected = head_ablated(state, tokens, 0, 0, mean)
    check.close(ablate_head(model, tokens, 0, 0, mean), expected, rtol=1e-12, atol=1e-12)


@BOTH
def test_works_in_float32(mean):
    model, state = gpt(dtype=torch.float32)
    tokens = some_tokens(seed=14)
    expected = head_ablated(state, tokens, 0, 0, mean)
    check.close(ablate_head(model, tokens, 0, 0, mean), expected, atol=1e-3)
