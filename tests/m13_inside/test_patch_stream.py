"""patch_stream runs on one text, with the stream at one place as it is in the run on another.

pytest tests/m13_inside/test_patch_stream.py
"""

import pytest
import torch

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m13_inside import patch_stream
from tests.m13_inside import oracle
from tests.m13_inside.interventions import (
    SEQ,
    fail_in_run,
    gpt,
    left_behind,
    modes_of_runs,
    other_patched,
    run,
    some_tokens,
    stream_patched,
)
from tests.m13_inside.oracle import LAYERS, Other, tiny

CORRUPT, CLEAN = some_tokens(seed=1), some_tokens(seed=2)


@pytest.mark.parametrize("position", [0, 2, SEQ - 1])
@pytest.mark.parametrize("layer", range(LAYERS + 1))
def test_only_that_place_is_as_in_the_clean_run(layer, position):
    model, state = gpt()
    found = patch_stream(model, CORRUPT, CLEAN, layer, position)
    check.close(found, stream_patched(state, CORRUPT, CLEAN, layer, position))


@pytest.mark.parametrize(("batch", "seq", "position"), [(1, 1, 0), (5, 1, 0), (1, 6, 5), (6, 6, 2)])
def test_agrees_with_the_oracle_on_other_sizes(batch, seq, position):
    model, state = gpt()
    corrupt, clean = (some_tokens(seed, batch, seq) for seed in (3, 4))
    found = patch_stream(model, corrupt, clean, 1, position)
    check.close(found, stream_patched(state, corrupt, clean, 1, position))


def test_before_the_first_block_it_is_as_if_the_token_were_another():
    model, state = gpt()
    tokens = CORRUPT.clone()
    tokens[:, 3] = CLEAN[:, 3]
    check.close(patch_stream(model, CORRUPT, CLEAN, 0, 3), run(tokens, state).logits)


def test_before_the_last_norm_only_the_logits_of_that_position_change():
    model, state = gpt()
    expected = run(CORRUPT, state).logits
    expected[:, 2] = run(CLEAN, state).logits[:, 2]
    check.close(patch_stream(model, CORRUPT, CLEAN, LAYERS, 2), expected)


@pytest.mark.parametrize("layer", [0, 1])
def test_positions_before_it_are_as_in_the_corrupt_run(layer):
    model, state = gpt()
    found = patch_stream(model, CORRUPT, CLEAN, layer, 3)
    check.close(found[:, :3], run(CORRUPT, state).logits[:, :3])


def test_where_both_texts_are_the_same_nothing_changes():
    model, state = gpt()
    found = patch_stream(model, CORRUPT, CORRUPT.clone(), 1, 3)
    check.close(found, run(CORRUPT, state).logits)


def test_each_row_gets_the_vector_of_its_own_row():
    model, state = gpt()
    found = patch_stream(model, CORRUPT, CLEAN, 1, 4)
    for row in range(len(CORRUPT)):
        alone = stream_patched(state, CORRUPT[row : row + 1], CLEAN[row : row + 1], 1, 4)
        check.close(found[row : row + 1], alone)


def test_a_trained_model_hands_the_giver_from_the_name_to_the_last_place():
    model, state, tokens, receiver, giver = tiny()
    clean = tokens[:1]
    corrupt = clean.clone()
    corrupt[:, 8] = receiver[0]  # now the other one gives

    def measure(logits):
        return (logits[0, -1, receiver[0]] - logits[0, -1, giver[0]]).item()

    ends = [measure(oracle.run(text, state, 4).logits) for text in (corrupt, clean)]
    for layer, position, share in [(1, 8, 1.0), (1, 11, 0.0), (2, 11, 1.0)]:
        found = measure(patch_stream(model, corrupt, clean, layer, position))
        expected = (1 - share) * ends[0] + share * ends[1]
        check.close(found, expected, atol=1.0, hint="The giver's second name stands at place 8.")


@pytest.mark.parametrize("in_place", [False, True])
@pytest.mark.parametrize("layer", range(LAYERS + 1))
def test_works_on_a_model_whose_blocks_take_more_inputs(layer, in_place):
    model = Other(in_place=in_place)
    state = {name: value.clone() for name, value in model.state_dict().items()}
    found = patch_stream(model, CORRUPT, CLEAN, layer, 3)
    check.close(found, other_patched(state, CORRUPT, CLEAN, layer, 3))


@pytest.mark.parametrize(
    ("corrupt", "clean"),
    [((4, 7), (3, 7)), ((4, 7), (1, 7)), ((1, 7), (4, 7)), ((4, 7), (4, 5)), ((4, 5), (4, 7))],
)
def test_texts_of_two_shapes_are_an_error(corrupt, clean):
    model, _ = gpt()
    texts = (torch.zeros(shape, dtype=torch.long) for shape in (corrupt, clean))
    check.raises(ValueError, patch_stream, model, *texts, 1, 2, names=(*corrupt, *clean))


def test_each_run_is_in_eval_mode():
    model, _ = gpt()
    check.equal(modes_of_runs(model, patch_stream, model, CORRUPT, CLEAN, 1, 3), {False})


@pytest.mark.parametrize("layer", range(LAYERS + 1))
def test_no_hook_stays_and_every_module_keeps_its_mode(layer):
    model, _ = gpt(dropout=0.5)
    model.blocks[1].eval()
    check.equal(left_behind(model, patch_stream, model, CORRUPT, CLEAN, layer, 3), [])


@pytest.mark.parametrize("number", [1, 2])
def test_nothing_stays_behind_where_a_run_fails(number):
    model, _ = gpt(dropout=0.5)
    model.blocks[0].eval()
    fail_in_run(model, number)
    check.equal(left_behind(model, patch_stream, model, CORRUPT, CLEAN, 1, 3), [])


def test_the_next_run_is_whole_again():
    model, state = gpt()
    patch_stream(model, CORRUPT, CLEAN, 1, 3)
    check.close(model(CORRUPT), run(CORRUPT, state).logits)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, state = gpt()
    found = patch_stream(model, laid_out(CORRUPT, layout), laid_out(CLEAN, layout), 1, 3)
    check.close(found, stream_patched(state, CORRUPT, CLEAN, 1, 3))


def test_works_on_the_device_of_its_arguments():
    model, state = gpt()
    texts = CORRUPT[:2, :3], CLEAN[:2, :3]
    found = elsewhere(patch_stream, model, *texts, 1, 1)
    check.close(found, stream_patched(state, *texts, 1, 1))


def test_float64_is_float64_throughout():
    model, state = gpt()
    expected = stream_patched(state, CORRUPT, CLEAN, 1, 3)
    found = patch_stream(model, CORRUPT, CLEAN, 1, 3)
    check.close(found, expected, rtol=1e-12, atol=1e-12)


def test_leaves_both_texts_alone():
    model, _ = gpt()
    corrupt, clean = some_tokens(seed=5), some_tokens(seed=6)
    patch_stream(model, corrupt, clean, 0, 3)
    check.close(corrupt, some_tokens(seed=5))
    check.close(clean, some_tokens(seed=6))
