"""beam_search keeps the likeliest texts as wholes.

pytest tests/m06_sampler/test_beam_search.py
"""

import math
from itertools import product

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m05_gpt import GPT, GPTConfig
from milestones.m06_sampler import beam_search
from tests.gpt2 import load, random_state, torch_gpt
from tests.m06_sampler.models import bigram_state

CONTEXT_LENGTH, HEADS = 6, 2
TINY = 1e-9

# After 0 the token 1 is likelier than 2, but what follows 2 makes up for it.
GARDEN_PATH = [
    [TINY, 0.6, 0.4, TINY / 2],
    [0.24, 0.3, 0.2, 0.26],
    [0.05, 0.03, 0.02, 0.9],
    [0.1, 0.2, 0.3, 0.4],
]


def bigrams(rows):
    """A GPT in which a token's row holds the probabilities of the next one."""
    table = torch.tensor(rows).log()
    model = GPT(GPTConfig(len(table), CONTEXT_LENGTH, len(table) + 2, 1, 1))
    load(model, bigram_state(table, CONTEXT_LENGTH))
    return model


def gpt(vocab, seed):
    """A small GPT in which every token counts, and its weights."""
    model = GPT(GPTConfig(vocab, CONTEXT_LENGTH, 4, 1, HEADS))
    state = {name: 0.6 * value for name, value in random_state(model.config, seed).items()}
    load(model, state)
    return model, state


def by_definition(state, prompt, new, width, penalty=0.0, stop=None):
    """Beam search on lists: the texts, and their log probabilities, the best first."""
    beams = [(prompt, 0.0, 0)]  # text, log probability, new tokens
    for _ in range(new):
        windows = torch.tensor([text[-CONTEXT_LENGTH:] for text, _, _ in beams])
        steps = torch.log_softmax(torch_gpt(windows, state, HEADS)[:, -1], -1)
        grown = []
        for (text, log_prob, n), row in zip(beams, steps.tolist(), strict=True):
            if stop in text[len(prompt) :]:
                grown.append(([*text, stop], log_prob, n))
            else:
                grown += [([*text, t], log_prob + step, n + 1) for t, step in enumerate(row)]
        grown.sort(key=lambda beam: beam[1] / beam[2] ** penalty, reverse=True)
        beams = grown[:width]
    texts, log_probs, _ = zip(*beams, strict=True)
    return torch.tensor(texts), torch.tensor(log_probs)


def test_a_garden_path_by_hand():
    model = bigrams(GARDEN_PATH)
    texts, log_probs = beam_search(model, torch.tensor([0]), 2, beam_width=2)
    check.close(texts, torch.tensor([[0, 2, 3], [0, 1, 1]]))
    check.close(log_probs.exp(), torch.tensor([0.36, 0.18]), rtol=1e-3)


def test_one_beam_is_greedy():
    model = bigrams(GARDEN_PATH)
    texts, log_probs = beam_search(model, torch.tensor([3, 0]), 3, beam_width=1)
    check.close(texts, torch.tensor([[3, 0, 1, 1, 1]]))
    check.close(log_probs.exp(), torch.tensor([0.6 * 0.3 * 0.3]), rtol=1e-3)


def test_the_first_step_fills_the_beam_with_different_tokens():
    model = bigrams(GARDEN_PATH)
    texts, log_probs = beam_search(model, torch.tensor([3]), 1, beam_width=3)
    check.close(texts, torch.tensor([[3, 3], [3, 2], [3, 1]]))
    check.close(log_probs.exp(), torch.tensor([0.4, 0.3, 0.2]), rtol=1e-3)


def test_at_full_width_it_is_exhaustive_search():
    model, state = gpt(5, seed=0)
    everything = torch.tensor([[3, *new] for new in product(range(5), repeat=4)])
    log_softmax = torch.log_softmax(torch_gpt(everything[:, :-1], state, HEADS), -1)
    total = log_softmax.gather(2, everything[:, 1:, None]).sum((1, 2))
    texts, log_probs = beam_search(model, torch.tensor([3]), 4, beam_width=625)
    check.equal(tuple(texts.shape), (625, 5))
    check.equal(len(set(map(tuple, texts.tolist()))), 625, hint="So many different texts.")
    check.close(log_probs, total.sort(descending=True).values, atol=1e-3)
    order = (texts[:, 1:] * torch.tensor([125, 25, 5, 1])).sum(1)  # of each text in `everything`
    check.close(log_probs, total[order], atol=1e-3)


def test_no_new_tokens_are_the_prompt():
    model = bigrams(GARDEN_PATH)
    texts, log_probs = beam_search(model, torch.tensor([0, 2]), 0, beam_width=3)
    check.close(texts, torch.tensor([[0, 2]]))
    check.close(log_probs, torch.tensor([0.0]))


def test_where_fewer_beams_exist_there_are_fewer():
    model, state = gpt(3, seed=1)
    texts, log_probs = beam_search(model, torch.tensor([1]), 2, beam_width=20)
    expected, expected_log_probs = by_definition(state, [1], 2, 20)  # 9 of them
    check.close(texts, expected)
    check.close(log_probs, expected_log_probs, atol=1e-3)


def test_a_finished_beam_is_one_beam_where_fewer_exist():
    model, state = gpt(3, seed=2)
    texts, log_probs = beam_search(model, torch.tensor([1]), 2, beam_width=20, stop_token=0)
    expected, expected_log_probs = by_definition(state, [1], 2, 20, stop=0)  # 7 of them
    check.close(texts, expected)
    check.close(log_probs, expected_log_probs, atol=1e-3)


# Token 3 stops. After 0: 1 or the stop.
STOPPING = [
    [TINY, 0.55, TINY / 2, 0.45],
    [0.1, 0.5, 0.3, 0.1],
    [0.05, 0.05, 0.8, 0.1],
    [0.7, 0.1, 0.1, 0.1],
]


def test_a_finished_beam_keeps_its_place_and_is_filled_up():
    model = bigrams(STOPPING)
    texts, log_probs = beam_search(model, torch.tensor([0]), 3, beam_width=2, stop_token=3)
    check.close(texts, torch.tensor([[0, 3, 3, 3], [0, 1, 1, 1]]))
    check.close(log_probs.exp(), torch.tensor([0.45, 0.55 * 0.5 * 0.5]), rtol=1e-3)


def test_a_finished_beam_that_others_overtake_is_pruned():
    rows = [
        [TINY, 0.6, TINY / 2, 0.4],
        [0.01, 0.02, 0.95, 0.02],
        [0.5, 0.46, 0.03, 0.01],
        [0.22, 0.24, 0.26, 0.28],
    ]
    prompt, penalty = torch.tensor([0]), 2.0
    texts, log_probs = beam_search(bigrams(rows), prompt, 3, 2, penalty, stop_token=3)
    check.close(texts, torch.tensor([[0, 1, 2, 0], [0, 1, 2, 1]]))
    check.close(log_probs.exp(), torch.tensor([0.285, 0.2622]), rtol=1e-3)


def test_all_beams_can_be_finished_before_the_end():
    rows = [[TINY, TINY / 2, TINY / 4, 1.0]] * 4
    rows[0] = [TINY, 0.6, TINY / 2, 0.4]
    model = bigrams(rows)
    texts, log_probs = beam_search(model, torch.tensor([0]), 4, beam_width=2, stop_token=3)
    check.close(texts, torch.tensor([[0, 1, 3, 3, 3], [0, 3, 3, 3, 3]]))
    check.close(log_probs.exp(), torch.tensor([0.6, 0.4]), rtol=1e-3)


def test_the_token_zero_can_be_the_stop_token():
    model, state = gpt(4, seed=3)
    texts, log_probs = beam_search(model, torch.tensor([2]), 3, beam_width=5, stop_token=0)
    expected, expected_log_probs = by_definition(state, [2], 3, 5, stop=0)
    check.close(texts, expected)
    check.close(log_probs, expected_log_probs, atol=1e-3)


def test_a_stop_token_in_the_prompt_does_not_count():
    model = bigrams(STOPPING)
    texts, _ = beam_search(model, torch.tensor([3, 0]), 2, beam_width=1, stop_token=3)
    check.close(texts, torch.tensor([[3, 0, 1, 1]]))
    texts, _ = beam_search(model, torch.tensor([0, 3]), 2, beam_width=1, stop_token=3)
    check.close(texts, torch.tensor([[0, 3, 0, 1]]))


def test_a_length_penalty_lets_a_longer_text_win_by_hand():
    rows = [
        [TINY, 0.5, 0.1, 0.4],
        [TINY, TINY / 2, 0.7, 0.3],
        [TINY, 0.2, 0.1, 0.7],
        [0.22, 0.24, 0.26, 0.28],
    ]
    model = bigrams(rows)
    prompt = torch.tensor([0])
    texts, log_probs = beam_search(model, prompt, 3, beam_width=3, stop_token=3)
    check.close(texts[0], torch.tensor([0, 3, 3, 3]))  # ln 0.4 = -0.916
    texts, log_probs = beam_search(model, prompt, 3, 3, length_penalty=1.0, stop_token=3)
    check.close(texts[0], torch.tensor([0, 1, 2, 3]))  # ln 0.245 / 3 = -0.469
    check.close(log_probs[0].exp(), torch.tensor(0.245), rtol=1e-3, hint="Not divided.")


@pytest.mark.parametrize(("penalty", "best"), [(1.0, [0, 3, 3]), (2.0, [0, 1, 3])])
def test_the_length_is_raised_to_the_penalty(penalty, best):
    rows = [[TINY, 0.4, TINY, 0.6], [0.1, 0.1, 0.1, 0.7], [0.25] * 4, [0.25] * 4]
    prompt = torch.tensor([0])  # to stop at once: ln 0.6 = -0.511; two tokens: ln 0.28 = -1.273
    texts, _ = beam_search(bigrams(rows), prompt, 2, 2, penalty, stop_token=3)
    check.close(texts[0], torch.tensor(best))  # divided by 2 -0.636, by 4 -0.318


def test_under_a_length_penalty_a_longer_text_that_is_likelier_still_wins():
    rows = [[TINY, 0.55, 0.05, 0.4], [TINY, 0.05, 0.95, TINY], [TINY, TINY, 0.05, 0.95], [0.25] * 4]
    prompt = torch.tensor([0])  # 0.55 · 0.95 · 0.95 = 0.496, to stop at once has 0.4
    texts, _ = beam_search(bigrams(rows), prompt, 3, 3, length_penalty=1.0, stop_token=3)
    check.close(texts[0], torch.tensor([0, 1, 2, 3]))


def test_the_prompt_does_not_count_as_length():
    rows = [
        [TINY, 0.5, 0.1, 0.4],
        [TINY, TINY / 2, 0.7, 0.3],
        [TINY, 0.2, 0.1, 0.7],
        [0.22, 0.24, 0.26, 0.28],
    ]
    prompt = torch.tensor([1, 2, 1, 2, 0])  # with it, -0.916 / 6 would be better than -1.406 / 8
    texts, _ = beam_search(bigrams(rows), prompt, 3, 3, length_penalty=1.0, stop_token=3)
    check.close(texts[0], torch.tensor([1, 2, 1, 2, 0, 1, 2, 3]))


def test_beams_are_pruned_by_the_score_that_orders_them():
    rows = [
        [TINY, 0.6, TINY / 2, 0.4],
        [0.45, 0.03, 0.5, 0.02],
        [0.21, 0.23, 0.27, 0.29],
        [0.22, 0.24, 0.26, 0.28],
    ]
    texts, log_probs = beam_search(bigrams(rows), torch.tensor([0]), 3, 2, 1.0, stop_token=3)
    # After two steps the stop has 0.4 and ln 0.4 = -0.916, behind ln 0.3 / 2 and ln 0.27 / 2.
    check.close(texts, torch.tensor([[0, 1, 0, 1], [0, 1, 0, 3]]))
    check.close(log_probs.exp(), torch.tensor([0.162, 0.108]), rtol=1e-3)


@settings(max_examples=15)
@given(
    penalty=st.sampled_from([0.0, 0.5, 1.0, 2.0]),
    stop=st.sampled_from([None, 3]),
    width=st.integers(1, 5),
    new=st.integers(1, 4),
    seed=st.integers(0, 4),
)
def test_agrees_with_the_definition_on_lists(penalty, stop, width, new, seed):
    model, state = gpt(4, seed)
    texts, log_probs = beam_search(model, torch.tensor([2, 1]), new, width, penalty, stop)
    expected, expected_log_probs = by_definition(state, [2, 1], new, width, penalty, stop)
    check.close(log_probs, expected_log_probs, atol=1e-3)
    check.close(texts, expected)


@pytest.mark.parametrize("length", [CONTEXT_LENGTH, CONTEXT_LENGTH + 2])
def test_a_text_as_long_as_the_context_and_longer(length):
    model, state = gpt(5, seed=1)
    prompt = check.randint(5, length, seed=2)
    texts, log_probs = beam_search(model, prompt, 4, beam_width=3)
    expected, expected_log_probs = by_definition(state, prompt.tolist(), 4, 3)
    check.close(texts, expected)
    check.close(log_probs, expected_log_probs, atol=1e-3)


def test_a_long_text_s_probability_is_no_trouble_to_hold():
    model = bigrams([[0.05] * 20] * 20)
    _, log_probs = beam_search(model, torch.tensor([0]), 36, beam_width=2)
    check.close(log_probs, torch.full((2,), 36 * math.log(0.05)))  # in float32, 1e-47 is 0


def test_the_model_is_asked_in_eval_mode_and_without_gradient():
    model = bigrams(GARDEN_PATH)
    noted = []
    model.blocks[0].mlp.register_forward_hook(
        lambda module, *_: noted.append((module.training, torch.is_grad_enabled()))
    )
    beam_search(model, torch.tensor([0, 1]), 3, beam_width=2)
    check.equal(sorted(set(noted)), [(False, False)])


def test_what_it_returns_hangs_on_no_graph():
    model = bigrams(GARDEN_PATH)
    _, log_probs = beam_search(model, torch.tensor([0]), 2, beam_width=2)
    check.equal(log_probs.requires_grad, False)


@pytest.mark.parametrize("token", [1, 99])
def test_every_module_s_own_mode_is_restored_also_after_an_error(token):
    model = bigrams(GARDEN_PATH)
    model.blocks[0].eval()
    before = [module.training for module in model.modules()]
    if token == 99:
        check.raises(IndexError, beam_search, model, torch.tensor([99]), 2, 2)
    else:
        beam_search(model, torch.tensor([token]), 2, 2)
    check.equal([module.training for module in model.modules()], before)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_prompt_in_memory_does_not_matter(layout):
    model, state = gpt(4, seed=1)
    prompt = laid_out(torch.tensor([2, 0, 3]), layout)
    texts, log_probs = beam_search(model, prompt, 2, beam_width=3)
    expected, expected_log_probs = by_definition(state, prompt.tolist(), 2, 3)
    check.close(texts, expected)
    check.close(log_probs, expected_log_probs, atol=1e-3)


def test_a_model_in_eval_mode_stays_in_it():
    model = bigrams(GARDEN_PATH).eval()
    model.blocks[0].train()
    before = [module.training for module in model.modules()]
    beam_search(model, torch.tensor([0]), 2, beam_width=2)
    check.equal([module.training for module in model.modules()], before)


def test_works_on_the_device_of_model_and_prompt():
    model, prompt = bigrams(STOPPING), torch.tensor([0])
    texts, log_probs = elsewhere(beam_search, model, prompt, 3, beam_width=2, stop_token=3)
    check.close(texts, torch.tensor([[0, 3, 3, 3], [0, 1, 1, 1]]))
    check.close(log_probs.exp(), torch.tensor([0.45, 0.55 * 0.5 * 0.5]), rtol=1e-3)


def test_leaves_the_prompt_alone():
    model = bigrams(GARDEN_PATH)
    prompt = torch.tensor([0, 1, 3])
    beam_search(model, prompt, 2, beam_width=2)
    expected = torch.tensor([0, 1, 3])
    check.close(prompt, expected, hint="beam_search never writes to the prompt.")
