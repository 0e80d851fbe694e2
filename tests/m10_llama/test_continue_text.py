"""continue_text writes what generate writes, and reads nothing twice.

pytest tests/m10_llama/test_continue_text.py
"""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from milestones.m06_sampler import generate
from milestones.m10_llama import Llama, LlamaConfig, continue_text
from tests.m10_llama.models import decided, greedy, modes, places_read
from tests.m10_llama.oracle import load

CONFIG = LlamaConfig(13, 12, d_model=8, n_layers=2, n_heads=4, n_kv_heads=2, d_hidden=10)


def loaded(config=CONFIG, seed=0):
    state = decided(config, seed)
    return load(Llama(config), state), state


def prompts(batch, seq, seed=0):
    return check.randint(CONFIG.vocab_size, batch, seq, seed=seed)


def continued(text, config, state, n):
    """Each row with its greedy continuation, from the definition."""
    return torch.tensor([row + greedy(state, config, row, n) for row in text.tolist()])


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_at_temperature_0_the_likeliest_token_is_added_each_time(tied):
    config = replace(CONFIG, tied=tied)
    model, state = loaded(config)
    text = prompts(2, 4)
    check.equal(
        continue_text(model, text, 6, temperature=0).tolist(),
        continued(text, config, state, 6).tolist(),
    )


@settings(max_examples=10)
@given(seq=st.integers(1, 15), n=st.integers(0, 8), seed=st.integers(0, 9))
def test_prompts_and_continuations_of_any_length(seq, n, seed):
    model, state = loaded(seed=seed)
    text = prompts(1, seq, seed)
    check.equal(
        continue_text(model, text, n, temperature=0).tolist(),
        continued(text, CONFIG, state, n).tolist(),
    )


def test_beyond_the_context_only_the_last_tokens_are_seen():
    model, state = loaded(seed=3)
    text = prompts(2, 9, seed=3)
    check.equal(
        continue_text(model, text, 7, temperature=0).tolist(),
        continued(text, CONFIG, state, 7).tolist(),
        hint="From 12 tokens on the window slides, and every token has another place.",
    )


def test_a_prompt_longer_than_the_context_is_seen_from_its_end():
    model, state = loaded(seed=4)
    text = prompts(1, 17, seed=4)
    check.equal(
        continue_text(model, text, 3, temperature=0).tolist(),
        continued(text, CONFIG, state, 3).tolist(),
    )


def test_the_prompt_stays_in_front_and_is_not_changed():
    model, _ = loaded()
    text = prompts(2, 5)
    before = text.clone()
    found = continue_text(model, text, 3, temperature=0)
    check.equal(found[:, :5].tolist(), before.tolist())
    check.equal(text.tolist(), before.tolist())


def test_no_place_is_computed_twice_while_the_text_fits():
    model, _ = loaded()
    with places_read(model) as counts:
        continue_text(model, prompts(1, 5), 8, temperature=0)
    check.equal(sum(counts), 12, hint="5 of the prompt and 7 new ones: the last is not read.")


def test_a_second_text_begins_with_nothing_read():
    model, state = loaded()
    text, other = prompts(1, 4), prompts(1, 6, seed=1)
    continue_text(model, text, 3, temperature=0)
    check.equal(
        continue_text(model, other, 3, temperature=0).tolist(),
        continued(other, CONFIG, state, 3).tolist(),
    )


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"temperature": 0.3},
        {"temperature": 3},
        {"top_k": 2},
        {"top_p": 0.5},
        {"temperature": 2.0, "top_k": 5, "top_p": 0.8},
    ],
    ids=str,
)
def test_draws_as_generate_does(options):
    model, _ = loaded(replace(CONFIG, context_length=8))
    text = prompts(2, 4)
    found, expected = (
        write(model, text, 6, generator=torch.Generator().manual_seed(7), **options)
        for write in (continue_text, generate)
    )
    check.equal(found.tolist(), expected.tolist())


def test_without_a_generator_torch_s_own_is_used():
    model, _ = loaded()

    def text(seed):
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            return continue_text(model, prompts(2, 4), 8, temperature=3.0).tolist()

    check.equal(text(5) == text(5), True, hint="The same seed draws the same text.")
    check.equal(text(5) == text(6), False, hint="Another seed draws another text.")


def test_a_row_that_has_produced_the_stop_token_repeats_it():
    model, state = loaded()
    text = prompts(3, 4)
    free = continued(text, CONFIG, state, 6)
    stop = int(free[0, 6])
    expected = free.clone()
    for row in expected:
        ended = (row[4:] == stop).cumsum(0) > 0
        row[4:][ended] = stop
    found = continue_text(model, text, 6, temperature=0, stop_token=stop)
    check.equal(found.tolist(), expected.tolist())


def test_where_all_rows_have_ended_the_text_is_still_as_long_as_was_asked():
    model, state = loaded()
    text = prompts(1, 4)
    free = greedy(state, CONFIG, text[0].tolist(), 2)
    found = continue_text(model, text, 6, temperature=0, stop_token=free[1])
    end = free.index(free[1])
    check.equal(found[0, 4:].tolist(), free[:end] + [free[1]] * (6 - end))


def test_token_0_can_be_the_stop_token():
    model, state = loaded(seed=9)
    text = prompts(1, 4, seed=9)
    free = greedy(state, CONFIG, text[0].tolist(), 6)
    end = free.index(0)
    found = continue_text(model, text, 6, temperature=0, stop_token=0)
    check.equal(found[0, 4:].tolist(), free[:end] + [0] * (6 - end))


def test_a_stop_token_in_the_prompt_does_not_count():
    model, state = loaded()
    text = prompts(1, 4)
    expected = greedy(state, CONFIG, text[0].tolist(), 3)
    stop = next(id for id in text[0].tolist() if id not in expected)
    found = continue_text(model, text, 3, temperature=0, stop_token=stop)
    check.equal(found[0, 4:].tolist(), expected)


@pytest.mark.parametrize("training", [True, False])
def test_it_is_asked_in_eval_mode_and_each_module_s_mode_comes_back(training):
    model, _ = loaded()
    model.train(training)
    model.blocks[0].train(not training)
    before, during = modes(model), []
    model.blocks[1].register_forward_pre_hook(lambda *_: during.append(any(modes(model))))
    continue_text(model, prompts(1, 4), 2, temperature=0)
    check.equal(set(during), {False})
    check.equal(modes(model), before)


def test_the_mode_comes_back_after_an_error_too():
    def fail(*_):
        raise KeyError("by chance")

    model, _ = loaded()
    model.train()
    model.blocks[1].register_forward_pre_hook(fail)
    check.raises(KeyError, continue_text, model, prompts(1, 4), 2)
    check.equal(modes(model), [True] * len(modes(model)))


def test_nothing_is_kept_for_a_gradient():
    model, _ = loaded()
    during = []
    model.blocks[1].register_forward_hook(lambda _, __, out: during.append(out.requires_grad))
    continue_text(model, prompts(1, 4), 2, temperature=0)
    check.equal(set(during), {False})


def test_works_on_the_device_of_the_model():
    config = replace(CONFIG, context_length=5)
    model, state = loaded(config)
    text = prompts(2, 4)
    found = elsewhere(lambda m, t: continue_text(m, t, 3, temperature=0), model, text)
    check.equal(found.tolist(), continued(text, config, state, 3).tolist())
