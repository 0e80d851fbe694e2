"""patching_grid measures how much of the clean run each place of the stream brings back.

pytest tests/m13_inside/test_patching_grid.py
"""

import pytest
import torch

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m13_inside import patching_grid
from tests.m13_inside import interventions
from tests.m13_inside.interventions import (
    fail_in_run,
    gpt,
    left_behind,
    modes_of_runs,
    run,
    some_tokens,
)
from tests.m13_inside.oracle import LAYERS, VOCAB, Other, other_run

CORRUPT, CLEAN = (some_tokens(seed, batch=2, seq=4) for seed in (1, 2))
SHAPE = LAYERS + 1, 4
NEAR = {"rtol": 1e-5, "atol": 1e-6}  # the numbers may be of PyTorch's default dtype


def one_token(logits):
    """How far a token's logit is above another's at the last position."""
    return (logits[:, -1, 3] - logits[:, -1, 5]).mean().item()


def spread(logits):
    """No difference of two logits: all of them count."""
    return logits.square().mean().item()


METRICS = {"one token": one_token, "spread": spread}


def right(state, corrupt, clean, metric):
    def patched(layer, position):
        logits = interventions.stream_patched(state, corrupt, clean, layer, position)
        return metric(logits)

    ends = (metric(run(text, state).logits) for text in (corrupt, clean))
    return interventions.grid(patched, *ends, SHAPE)


def another():
    """The oracle's other model, and its grid of the spread."""
    model = Other()
    state = {name: value.clone() for name, value in model.state_dict().items()}

    def patched(layer, position):
        return spread(interventions.other_patched(state, CORRUPT, CLEAN, layer, position))

    ends = (spread(other_run(text, state)[1][-1]) for text in (CORRUPT, CLEAN))
    return model, interventions.grid(patched, *ends, SHAPE)


@pytest.mark.parametrize("name", METRICS)
def test_each_place_has_its_share_of_the_way_from_corrupt_to_clean(name):
    model, state = gpt()
    metric = METRICS[name]
    found = patching_grid(model, CORRUPT, CLEAN, metric)
    check.close(found.double(), right(state, CORRUPT, CLEAN, metric), **NEAR)


def test_rows_are_places_in_the_stream_and_columns_positions():
    model, _ = gpt()
    check.equal(tuple(patching_grid(model, CORRUPT, CLEAN, one_token).shape), SHAPE)


def test_the_only_other_token_brings_all_back_and_in_the_end_only_the_last_place():
    model, _ = gpt()
    clean = CORRUPT.clone()
    clean[:, 1] = (clean[:, 1] + 1) % VOCAB
    found = patching_grid(model, CORRUPT, clean, one_token)
    check.close(found[0].double(), torch.eye(4, dtype=torch.float64)[1], **NEAR)
    check.close(found[LAYERS].double(), torch.eye(4, dtype=torch.float64)[3], **NEAR)


def test_a_measure_that_is_less_on_the_clean_run_gives_the_same():
    model, state = gpt()
    found = patching_grid(model, CORRUPT, CLEAN, lambda logits: 5 - 2 * one_token(logits))
    check.close(found.double(), right(state, CORRUPT, CLEAN, one_token), **NEAR)


def test_a_measure_in_tiny_units_gives_the_same():
    model, state = gpt()
    found = patching_grid(model, CORRUPT, CLEAN, lambda logits: 1e-12 * one_token(logits))
    check.close(found.double(), right(state, CORRUPT, CLEAN, one_token), **NEAR)


def test_the_metric_gets_all_logits_of_each_run():
    model, _ = gpt()
    shapes = set()

    def metric(logits):
        shapes.add(tuple(logits.shape))
        return one_token(logits)

    patching_grid(model, CORRUPT, CLEAN, metric)
    check.equal(shapes, {(2, 4, VOCAB)})


def test_a_metric_that_is_equal_on_both_texts_is_an_error():
    model, _ = gpt()
    check.raises(ValueError, patching_grid, model, CORRUPT, CLEAN, lambda logits: 1.5)


def test_the_same_text_twice_is_an_error():
    model, _ = gpt()
    check.raises(ValueError, patching_grid, model, CLEAN, CLEAN.clone(), spread)


@pytest.mark.parametrize(
    ("corrupt", "clean"), [((4, 7), (3, 7)), ((1, 7), (4, 7)), ((4, 7), (4, 5)), ((4, 5), (4, 7))]
)
def test_texts_of_two_shapes_are_an_error(corrupt, clean):
    model, _ = gpt()
    texts = some_tokens(3, *corrupt), some_tokens(4, *clean)
    check.raises(ValueError, patching_grid, model, *texts, spread, names=(*corrupt, *clean))


def test_works_on_a_model_whose_blocks_take_more_inputs():
    model, expected = another()
    check.close(patching_grid(model, CORRUPT, CLEAN, spread).double(), expected, **NEAR)


def test_each_run_is_in_eval_mode():
    model, _ = gpt()
    check.equal(modes_of_runs(model, patching_grid, model, CORRUPT, CLEAN, one_token), {False})


def test_no_hook_stays_and_every_module_keeps_its_mode():
    model, _ = gpt(dropout=0.5)
    model.blocks[1].eval()
    check.equal(left_behind(model, patching_grid, model, CORRUPT, CLEAN, one_token), [])


@pytest.mark.parametrize("number", [1, 2, 3, 9])
def test_nothing_stays_behind_where_a_run_fails(number):
    model, _ = gpt(dropout=0.5)
    model.blocks[0].eval()
    fail_in_run(model, number)
    check.equal(left_behind(model, patching_grid, model, CORRUPT, CLEAN, one_token), [])


@pytest.mark.parametrize("number", [1, 2, 9])
def test_nothing_stays_behind_where_the_metric_fails(number):
    model, _ = gpt(dropout=0.5)
    calls = []

    def metric(logits):
        calls.append(1)
        if len(calls) == number:
            raise ArithmeticError("something is wrong")
        return one_token(logits)

    check.equal(left_behind(model, patching_grid, model, CORRUPT, CLEAN, metric), [])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_a_tensor_in_memory_does_not_matter(layout):
    model, state = gpt()
    texts = laid_out(CORRUPT, layout), laid_out(CLEAN, layout)
    found = patching_grid(model, *texts, spread)
    check.close(found.double(), right(state, CORRUPT, CLEAN, spread), **NEAR)


def test_works_where_its_arguments_are_on_another_device():
    def back(model, corrupt, clean):  # the grid may be on the CPU, as its numbers are
        return patching_grid(model, corrupt, clean, spread).to(corrupt.device)

    model, expected = another()
    check.close(elsewhere(back, model, CORRUPT, CLEAN).double(), expected, **NEAR)
