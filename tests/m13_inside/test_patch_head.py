"""patch_head runs on one text, with what one head writes as it is in the run on another.

pytest tests/m13_inside/test_patch_head.py
"""

import pytest
import torch

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m13_inside import patch_head
from tests.m13_inside.interventions import (
    ALL,
    D_HEAD,
    HEADS,
    fail_in_run,
    gpt,
    head_patched,
    left_behind,
    modes_of_runs,
    put,
    run,
    some_tokens,
)

CORRUPT, CLEAN = some_tokens(seed=1), some_tokens(seed=2)


@pytest.mark.parametrize(("layer", "head"), [(0, 0), (0, 1), (1, 1), (1, 2)])
def test_the_head_writes_everywhere_what_it_writes_in_the_clean_run(layer, head):
    model, state = gpt()
    found = patch_head(model, CORRUPT, CLEAN, layer, head)
    check.close(found, head_patched(state, CORRUPT, CLEAN, layer, head))


def test_an_only_head_brings_the_whole_attention():
    model, state = gpt(n_layers=1, n_heads=1)
    attention = run(CLEAN, state, n_heads=1).attention[0]
    expected = run(CORRUPT, state, n_heads=1, change=put("attention", 0, ALL, attention)).logits
    check.close(patch_head(model, CORRUPT, CLEAN, 0, 0), expected)


def test_a_head_that_writes_nothing_brings_nothing():
    model, state = gpt()
    columns = slice(2 * D_HEAD, 3 * D_HEAD)  # of o_proj, which meet head 2
    state["blocks.1.attention.o_proj.weight"][:, columns] = 0
    model.load_state_dict(state, strict=False)
    check.close(patch_head(model, CORRUPT, CLEAN, 1, 2), run(CORRUPT, state).logits)


def test_positions_before_the_first_other_token_are_as_in_the_corrupt_run():
    model, state = gpt()
    clean = CLEAN.clone()
    clean[:, :3] = CORRUPT[:, :3]
    found = patch_head(model, CORRUPT, clean, 0, 1)
    check.close(found, head_patched(state, CORRUPT, clean, 0, 1))
    check.close(found[:, :3], run(CORRUPT, state).logits[:, :3])


def test_where_both_texts_are_the_same_nothing_changes():
    model, state = gpt()
    found = patch_head(model, CORRUPT, CORRUPT.clone(), 1, 1)
    check.close(found, run(CORRUPT, state).logits)


def test_each_row_gets_what_the_head_writes_in_its_own_row():
    model, state = gpt()
    found = patch_head(model, CORRUPT, CLEAN, 1, 2)
    for row in range(len(CORRUPT)):
        alone = head_patched(state, CORRUPT[row : row + 1], CLEAN[row : row + 1], 1, 2)
        check.close(found[row : row + 1], alone)


def test_as_many_rows_as_positions_and_heads_are_not_mixed_up():
    model, state = gpt()
    corrupt, clean = (some_tokens(seed, batch=HEADS, seq=HEADS) for seed in (3, 4))
    found = patch_head(model, corrupt, clean, 0, 1)
    check.close(found, head_patched(state, corrupt, clean, 0, 1))


@pytest.mark.parametrize(
    ("corrupt", "clean"),
    [((4, 7), (3, 7)), ((4, 7), (1, 7)), ((1, 7), (4, 7)), ((4, 7), (4, 5)), ((4, 7), (4, 1))],
)
def test_texts_of_two_shapes_are_an_error(corrupt, clean):
    model, _ = gpt()
    texts = (torch.zeros(shape, dtype=torch.long) for shape in (corrupt, clean))
    check.raises(ValueError, patch_head, model, *texts, 1, 2, names=(*corrupt, *clean))


def test_each_run_is_in_eval_mode():
    model, _ = gpt()
    check.equal(modes_of_runs(model, patch_head, model, CORRUPT, CLEAN, 1, 1), {False})


def test_no_hook_stays_and_every_module_keeps_its_mode_and_weights():
    model, _ = gpt(dropout=0.5)
    model.blocks[1].eval()
    check.equal(left_behind(model, patch_head, model, CORRUPT, CLEAN, 1, 1), [])


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_nothing_stays_behind_where_a_run_fails(number):
    model, _ = gpt(dropout=0.5)
    model.blocks[0].eval()
    fail_in_run(model, number)
    check.equal(left_behind(model, patch_head, model, CORRUPT, CLEAN, 1, 1), [])


def test_the_next_run_is_whole_again():
    model, state = gpt()
    patch_head(model, CORRUPT, CLEAN, 1, 1)
    check.close(model(CORRUPT), run(CORRUPT, state).logits)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, state = gpt()
    found = patch_head(model, laid_out(CORRUPT, layout), laid_out(CLEAN, layout), 1, 1)
    check.close(found, head_patched(state, CORRUPT, CLEAN, 1, 1))


def test_works_on_the_device_of_its_arguments():
    model, state = gpt()
    texts = CORRUPT[:2, :3], CLEAN[:2, :3]
    found = elsewhere(patch_head, model, *texts, 1, 1)
    check.close(found, head_patched(state, *texts, 1, 1))


def test_float64_is_float64_throughout():
    model, state = gpt()
    expected = head_patched(state, CORRUPT, CLEAN, 1, 1)
    check.close(patch_head(model, CORRUPT, CLEAN, 1, 1), expected, rtol=1e-12, atol=1e-12)
