"""continue_texts writes in each of several texts what it would write in that text alone.

pytest tests/m10_llama/test_continue_texts.py
"""

from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from milestones.m10_llama import Llama, LlamaConfig, continue_texts
from tests.m10_llama.models import decided, greedy, modes, places_read
from tests.m10_llama.oracle import load

SIZES = {"d_model": 8, "n_layers": 2, "n_heads": 2, "n_kv_heads": 1, "d_hidden": 10}
CONFIG = LlamaConfig(13, 20, **SIZES, rope_base=20.0)
PROMPTS = [[3, 1, 4, 1, 5], [9], [2, 6, 5]]
PAD = 0


def loaded(config=CONFIG, seed=0):
    state = decided(config, seed)
    return load(Llama(config), state), state


def alone(state, config, prompts, n, stop=None):
    """Each prompt's greedy continuation, cut after its first stop token."""
    rows = [greedy(state, config, prompt, n) for prompt in prompts]
    return [row[: row.index(stop) + 1] if stop in row else row for row in rows]


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_prompts_of_unequal_length_each_get_their_own_continuation(tied):
    config = replace(CONFIG, tied=tied)
    model, state = loaded(config)
    check.equal(continue_texts(model, PROMPTS, 6, pad_id=PAD), alone(state, config, PROMPTS, 6))


@settings(max_examples=10)
@given(
    prompts=st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=6), min_size=1, max_size=3),
    n=st.integers(0, 6),
    pad=st.integers(0, 12),
    seed=st.integers(0, 9),
)
def test_any_prompts_and_any_padding(prompts, n, pad, seed):
    model, state = loaded(seed=seed)
    found = continue_texts(model, prompts, n, pad_id=pad)
    check.equal(found, alone(state, CONFIG, prompts, n))


@pytest.mark.parametrize("pad", range(0, 13, 3))
def test_it_does_not_matter_which_token_pads(pad):
    model, state = loaded(seed=1)
    found = continue_texts(model, PROMPTS, 5, pad_id=pad)
    check.equal(found, alone(state, CONFIG, PROMPTS, 5), hint="Nothing may see the padding.")


@pytest.mark.parametrize("prompts", [[[0, 5, 2], [4]], [[5, 0, 2], [0]], [[0, 0], [7, 0, 0, 0]]])
def test_inside_of_a_prompt_the_padding_s_id_is_a_token_like_others(prompts):
    model, state = loaded(seed=2)
    found = continue_texts(model, prompts, 5, pad_id=0)
    check.equal(found, alone(state, CONFIG, prompts, 5))


def test_a_text_ends_with_its_stop_token_and_the_others_go_on():
    model, state = loaded()
    free = alone(state, CONFIG, PROMPTS, 6)
    stop = free[0][2]
    check.equal(
        continue_texts(model, PROMPTS, 6, pad_id=PAD, stop_token=stop),
        alone(state, CONFIG, PROMPTS, 6, stop),
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_padding_may_be_the_stop_token(seed):
    model, state = loaded(seed=seed)
    stop = alone(state, CONFIG, PROMPTS, 6)[2][3]
    prompts = [*PROMPTS, [stop, 4, stop]]
    check.equal(
        continue_texts(model, prompts, 6, pad_id=stop, stop_token=stop),
        alone(state, CONFIG, prompts, 6, stop),
        hint="A stop token in a prompt, or before it, does not count.",
    )


def test_each_text_has_its_own_end_and_each_answer_its_prompt_s_place():
    model, state = loaded(seed=7)
    found = continue_texts(model, PROMPTS, 8, pad_id=PAD, stop_token=12)
    expected = alone(state, CONFIG, PROMPTS, 8, 12)
    check.equal(found, expected)


def test_a_stop_token_that_never_comes_changes_nothing():
    model, state = loaded()
    free = alone(state, CONFIG, PROMPTS, 6)
    never = next(id for id in range(13) if not any(id in row for row in free))
    check.equal(continue_texts(model, PROMPTS, 6, pad_id=PAD, stop_token=never), free)


def test_token_0_can_be_the_stop_token():
    model, state = loaded(seed=3)  # in which two texts come to it
    check.equal(
        continue_texts(model, PROMPTS, 6, pad_id=1, stop_token=0),
        alone(state, CONFIG, PROMPTS, 6, 0),
    )


def test_no_prompts_give_nothing():
    model, _ = loaded()
    check.equal(continue_texts(model, [], 6, pad_id=PAD), [])


def test_no_new_tokens_give_an_empty_list_for_each_prompt():
    model, _ = loaded()
    check.equal(continue_texts(model, PROMPTS, 0, pad_id=PAD), [[], [], []])


def test_prompts_may_be_any_sequences_and_stay_as_they_were():
    model, state = loaded()
    prompts = [list(prompt) for prompt in PROMPTS]
    continue_texts(model, prompts, 4, pad_id=PAD)
    check.equal(prompts, PROMPTS)
    found = continue_texts(model, tuple(map(tuple, PROMPTS)), 4, pad_id=PAD)
    check.equal(found, alone(state, CONFIG, PROMPTS, 4))


@pytest.mark.parametrize("prompts", [[[]], [[1, 2], []], [[], [1, 2]]])
def test_an_empty_prompt_is_refused(prompts):
    model, _ = loaded()
    check.raises(ValueError, partial(continue_texts, pad_id=PAD), model, prompts, 3)


def test_a_text_that_becomes_longer_than_the_context_is_refused():
    model, _ = loaded()
    write = partial(continue_texts, pad_id=PAD)
    check.raises(ValueError, write, model, PROMPTS, 16, names=(21, 20))  # 5 + 16


def test_a_text_that_just_fits_is_written_to_its_end():
    model, state = loaded()
    found = continue_texts(model, PROMPTS, 15, pad_id=PAD)
    check.equal(found, alone(state, CONFIG, PROMPTS, 15))


def test_no_place_is_computed_twice():
    model, _ = loaded()
    with places_read(model) as counts:
        continue_texts(model, PROMPTS, 7, pad_id=PAD)
    check.equal(sum(counts) <= 5 + 7, True, hint=f"5 of the longest prompt, 7 new: read {counts}.")


@pytest.mark.parametrize("training", [True, False])
def test_it_is_asked_in_eval_mode_and_each_module_s_mode_comes_back(training):
    model, _ = loaded()
    model.train(training)
    model.blocks[0].train(not training)
    before, during = modes(model), []
    model.blocks[1].register_forward_pre_hook(lambda *_: during.append(any(modes(model))))
    continue_texts(model, PROMPTS, 2, pad_id=PAD)
    check.equal(set(during), {False})
    check.equal(modes(model), before)


def test_the_mode_comes_back_after_an_error_too():
    def fail(*_):
        raise KeyError("by chance")

    model, _ = loaded()
    model.train()
    model.blocks[1].register_forward_pre_hook(fail)
    check.raises(KeyError, partial(continue_texts, pad_id=PAD), model, PROMPTS, 2)
    check.equal(modes(model), [True] * len(modes(model)))


def test_nothing_is_kept_for_a_gradient():
    model, _ = loaded()
    during = []
    model.blocks[1].register_forward_hook(lambda _, __, out: during.append(out.requires_grad))
    continue_texts(model, PROMPTS, 2, pad_id=PAD)
    check.equal(set(during), {False})


def test_works_on_the_device_of_the_model():
    model, state = loaded()
    found = elsewhere(lambda m: continue_texts(m, PROMPTS, 4, pad_id=PAD), model)
    check.equal(found, alone(state, CONFIG, PROMPTS, 4))
