"""Llama reads tokens and scores, at every place, which token comes next.

pytest tests/m10_llama/test_Llama.py
"""

from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from kata.testing.sight import past
from milestones.m10_llama import Llama, LlamaCache, LlamaConfig
from tests.m10_llama import oracle
from tests.m10_llama.oracle import llama_shapes, load, random_state

LIMIT = 9
CONFIG = LlamaConfig(7, LIMIT, d_model=8, n_layers=2, n_heads=4, n_kv_heads=2, d_hidden=5)
TIED = pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])


class Recording(oracle.Notes, LlamaCache):
    """A LlamaCache with a memory of its own."""


def loaded(config=CONFIG, seed=0, silent=()):
    """A model of the learner's, and its weights; those in whose names such a word is are zero."""
    state = random_state(llama_shapes(config), seed)
    for name, value in state.items():
        if any(word in name for word in silent):
            value.zero_()
    return load(Llama(config), state), state


def written(chunks):
    return " then ".join(map(str, chunks))


def read(model, tokens, chunks, cache=None):
    """The logits of all tokens, given in chunks of these lengths."""
    cache = LlamaCache(len(model.blocks)) if cache is None else cache
    return torch.cat([model(chunk, cache) for chunk in tokens.split(chunks, 1)], 1)


def test_two_tokens_worked_by_hand():
    config = LlamaConfig(3, 2, d_model=2, n_layers=1, n_heads=1, n_kv_heads=1, d_hidden=1)
    state = {name: torch.zeros(shape) for name, shape in llama_shapes(config).items()}
    state["token_embedding.weight"] = torch.tensor([[3.0, 4.0], [1.0, -1.0], [0.0, 2.0]])
    state["final_norm.weight"] = torch.tensor([1.0, 2.0])
    model = load(Llama(config), state)  # whose block adds nothing
    tokens = torch.tensor([[1, 0]])  # normed and weighted: (1, -2) and (0.848528, 2.262742)
    expected = [[-5.0, 3.0, -4.0], [11.596551, -1.414213, 4.525483]]
    check.close(model(tokens), torch.tensor([expected]), atol=1e-4)


@TIED
def test_parameters_have_the_documented_names_and_shapes(tied):
    config = LlamaConfig(11, 7, 12, 3, 6, 2, 5, tied=tied)
    model = Llama(config)
    check.equal(oracle.shapes_of(model), dict(sorted(llama_shapes(config).items())))
    check.equal(model.config, config)


def test_a_tied_model_has_no_head_in_its_state():
    names = [name for name in Llama(CONFIG).state_dict() if name.startswith("head")]
    check.equal(names, [], hint="The embedding scores the tokens.")


@TIED
def test_weights_start_about_zero_with_a_deviation_of_two_hundredths_and_norms_at_one(tied):
    model = Llama(LlamaConfig(40, 8, 64, 2, 4, 2, 48, tied=tied))
    for name, parameter in model.named_parameters():
        start = parameter.detach()
        if name.endswith("norm.weight"):
            check.close(start, torch.ones(64), hint=f"So {name} starts.")
        else:  # at least 2,048 numbers, so six deviations
            check.close(start.std().item(), 0.02, rtol=0.1, hint=f"The deviation of {name}.")
            check.close(start.mean().item(), 0.0, atol=2.7e-3, hint=f"The mean of {name}.")


def test_each_layer_starts_with_weights_of_its_own():
    model = Llama(CONFIG)
    first, second = (model.get_parameter(f"blocks.{i}.mlp.up_proj.weight") for i in range(2))
    check.equal(torch.equal(first, second), False, hint="Two layers start alike.")


@settings(max_examples=10)  # each takes a while
@given(
    sizes=st.tuples(*[st.integers(1, 3)] * 2),
    n_layers=st.integers(1, 2),
    heads=st.sampled_from([(1, 1), (2, 1), (3, 3), (4, 2)]),
    tied=st.booleans(),
    seed=st.integers(0, 9),
)
def test_agrees_with_the_definition_on_any_sizes(sizes, n_layers, heads, tied, seed):
    config = LlamaConfig(7, 3, 4 * heads[0], n_layers, *heads, 5, tied=tied)
    model, state = loaded(config, seed)
    tokens = check.randint(7, *sizes, seed=seed)
    check.close(model(tokens), oracle.llama(tokens, state, config))


@pytest.mark.parametrize("base", [10.0, 300])
def test_the_base_of_the_turns_is_the_one_of_the_config(base):
    config = replace(CONFIG, d_model=24, rope_base=base)  # three pairs a head
    model, state = loaded(config)
    tokens = check.randint(7, 2, 6, seed=1)
    check.close(model(tokens), oracle.llama(tokens, state, config))


@pytest.mark.parametrize(
    "silent",
    [["down_proj"], ["o_proj"], ["o_proj", "down_proj"]],
    ids=["attention_norm", "mlp_norm", "final_norm"],
)
def test_every_norm_has_the_eps_of_the_config(silent):
    config = replace(CONFIG, norm_eps=0.5)
    model, state = loaded(config, silent=silent)
    tokens = check.randint(7, 2, 4, seed=2)
    check.close(model(tokens), oracle.llama(tokens, state, config))


@pytest.mark.parametrize("n_layers", [1, 3])
def test_no_score_depends_on_a_later_token_or_another_text(n_layers):
    model, _ = loaded(replace(CONFIG, n_layers=n_layers))
    check.sees(model, check.randint(7, 2, 4, seed=3), past(batch=2, seq=4))


@pytest.mark.parametrize("chunks", [[4], [2, 2], [3, 1]], ids=written)
def test_in_any_chunks_no_score_depends_on_a_later_token_or_another_text(chunks):
    model, _ = loaded()
    tokens = check.randint(7, 2, 4, seed=4)
    check.sees(lambda tokens: read(model, tokens, chunks), tokens, past(batch=2, seq=4))


@settings(max_examples=10)  # each takes a while
@given(
    chunks=st.lists(st.integers(1, 4), min_size=1, max_size=4).filter(lambda c: sum(c) <= LIMIT),
    batch=st.integers(1, 2),
    n_layers=st.integers(1, 2),
    seed=st.integers(0, 9),
)
def test_any_chunks_give_the_logits_of_reading_all_at_once(chunks, batch, n_layers, seed):
    config = replace(CONFIG, n_layers=n_layers)
    model, state = loaded(config, seed)
    tokens = check.randint(7, batch, sum(chunks), seed=seed)
    check.close(read(model, tokens, chunks), oracle.llama(tokens, state, config))


@pytest.mark.parametrize("chunks", [[3, 1], [2, 3], [1, 1, 1, 1], [5, 4], [8, 1]], ids=written)
def test_places_go_on_where_the_cache_ends_up_to_the_whole_context(chunks):
    model, state = loaded()
    tokens = check.randint(7, 2, sum(chunks), seed=5)
    check.close(read(model, tokens, chunks), oracle.llama(tokens, state, CONFIG))


def test_the_cache_is_given_each_layer_once():
    model, _ = loaded(replace(CONFIG, n_layers=3))
    cache = Recording(*[check.randn(2, 2, 2, 3, 2, seed=i).double().unbind() for i in range(3)])
    model(check.randint(7, 2, 2, seed=6), cache)
    found = [(layer, tuple(k.shape)) for layer, k, _ in cache.came]
    check.equal(found, [(layer, (2, 2, 2, 2)) for layer in range(3)])


def test_what_the_cache_holds_is_all_that_is_seen_of_the_past():
    model, state = loaded()
    first, second = check.randint(7, 2, 3, seed=7), check.randint(7, 2, 2, seed=8)
    cache = Recording(None, None)
    model(first, cache)
    model(first.flip(1), LlamaCache(2))  # of which the first knows nothing
    expected = oracle.llama(torch.cat([first, second], 1), state, CONFIG)[:, 3:]
    check.close(model(second, cache), expected)


@pytest.mark.parametrize("seq", [10, 13])
def test_more_tokens_than_context_length_is_an_error_that_names_both(seq):
    model, _ = loaded()
    check.raises(ValueError, model, check.randint(7, 2, seq, seed=11), names=(seq, LIMIT))


@pytest.mark.parametrize(("before", "new"), [(9, 1), (4, 6), (3, 9)])
def test_with_what_the_cache_holds_it_is_one_too_and_leaves_the_cache_alone(before, new):
    model, state = loaded()
    cache = LlamaCache(2)
    tokens = check.randint(7, 2, LIMIT, seed=12)
    read(model, tokens[:, :before], [before], cache)
    too_many = check.randint(7, 2, new, seed=13)
    check.raises(ValueError, model, too_many, cache, names=(before + new, LIMIT))
    check.equal(cache.length, before)
    if before < LIMIT:
        expected = oracle.llama(tokens, state, CONFIG)[:, before:]
        check.close(model(tokens[:, before:], cache), expected)


def test_a_longer_text_may_follow_a_shorter_one_up_to_the_whole_context():
    model, state = loaded()
    tokens = check.randint(7, 3, LIMIT, seed=14)
    for seq in (2, 4, 1, LIMIT):
        text = tokens[:, :seq]
        check.close(model(text), oracle.llama(text, state, CONFIG))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_tokens_in_memory_does_not_matter(layout):
    model, state = loaded()
    tokens = laid_out(check.randint(7, 3, 4, seed=15), layout)
    check.close(model(tokens), oracle.llama(tokens, state, CONFIG))


@pytest.mark.parametrize("chunks", [[5], [2, 3], [4, 1]], ids=written)
def test_works_on_the_device_of_the_tokens(chunks):
    model, state = loaded()
    tokens = check.randint(7, 2, 5, seed=16)
    logits = elsewhere(lambda model, tokens: read(model, tokens, chunks), model, tokens)
    check.close(logits, oracle.llama(tokens, state, CONFIG))


@TIED
def test_at_the_first_place_where_nothing_is_turned_float64_keeps_its_digits(tied):
    config = replace(CONFIG, tied=tied)
    model, state = loaded(config)
    tokens = check.randint(7, 6, 1, seed=17)
    expected = oracle.llama(tokens, state, config)
    check.close(model(tokens), expected, rtol=1e-9, atol=1e-9)


@TIED
def test_every_parameter_learns_and_a_tied_embedding_from_both_ends(tied):
    config = replace(CONFIG, tied=tied)
    model, state = loaded(config)
    tokens, targets = check.randint(7, 2, 4, seed=18), check.randint(7, 8, seed=19)

    def loss(logits):
        return F.cross_entropy(logits.flatten(0, 1), targets)

    def right(leaves):
        return loss(oracle.llama(tokens, leaves, config))

    oracle.agree_on_gradients(model, state, lambda: loss(model(tokens)), right)


def test_leaves_the_tokens_alone():
    model, _ = loaded()
    tokens = torch.tensor([[1, 2, 6]])
    read(model, tokens, [2, 1])
    check.close(tokens, torch.tensor([[1, 2, 6]]), hint="A forward never writes to the tokens.")
