"""generate_cached writes the text of generate and computes each position once.

pytest tests/m06_sampler/test_generate_cached.py
"""

import pytest
import torch

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m05_gpt import GPT, GPTConfig
from milestones.m06_sampler import generate_cached
from tests.gpt2 import load, random_state, torch_gpt
from tests.m06_sampler.models import bigram_state

CONTEXT_LENGTH, HEADS = 8, 2
N = 400  # rows drawn at once: a share of them is off by 0.025 (one standard deviation) or less
FAR = 0.163  # 6.5 of these: correct code fails once in 10⁹ seeds at most


def gpt(seed=0, scale=1.0):
    """A small GPT, and its weights."""
    model = GPT(GPTConfig(7, CONTEXT_LENGTH, 6, 2, HEADS))
    state = {name: scale * value for name, value in random_state(model.config, seed).items()}
    load(model, state)
    return model, state


def bigrams(*rows):
    """A GPT whose logits after a token are that token's row."""
    table = torch.tensor(rows, dtype=torch.float32)
    model = GPT(GPTConfig(len(rows), CONTEXT_LENGTH, len(rows) + 2, 1, 1))
    load(model, bigram_state(table, CONTEXT_LENGTH))
    return model


def then(*following):
    """A GPT that lets each token be followed by one other."""
    return bigrams(
        *[[9.0 * (token == next) for token in range(len(following))] for next in following]
    )


def likeliest(state, prompt, new):
    """Each next token by reading the last of the text anew."""
    text = prompt
    for _ in range(new):
        token = torch_gpt(text[:, -CONTEXT_LENGTH:], state, HEADS)[:, -1].argmax(-1)
        text = torch.cat([text, token[:, None]], 1)
    return text


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def positions_computed(model, *arguments, **options):
    """How many positions go through the first layer's MLP in a call of generate_cached."""
    computed = []
    hook = model.blocks[0].mlp.register_forward_hook(
        lambda *call: computed.append(call[-1].size(1))
    )
    generate_cached(model, *arguments, **options)
    hook.remove()
    return sum(computed)


@pytest.mark.parametrize(("length", "new"), [(1, 5), (3, 4), (3, 6), (5, 9), (8, 2), (11, 4)])
def test_the_likeliest_text_before_and_after_the_context_is_full(length, new):
    model, state = gpt(seed=length)
    prompt = check.randint(7, 2, length, seed=new)
    text = generate_cached(model, prompt, new, temperature=0)
    check.close(text, likeliest(state, prompt, new))


def test_while_the_text_fits_each_position_is_computed_once():
    model, _ = gpt()
    computed = positions_computed(model, torch.tensor([[1, 2, 3], [4, 5, 6]]), 5)
    # 3 of the prompt and 5 new ones, of which the last need not be read.
    check.equal(max(0, computed - 8), 0, hint="So many positions were computed in excess.")


def test_the_token_that_fills_the_context_does_not_make_it_read_the_first_again():
    model = then(*range(1, 12), 0)  # after 0 come 1, 2, 3 ...: each token stands once
    texts = []
    model.token_embedding.register_forward_hook(lambda _, tokens, __: texts.append(tokens[0]))
    generate_cached(model, torch.tensor([[0, 1, 2]]), 6, temperature=0)
    often = sum(bool((text == 0).any()) for text in texts)
    check.equal(max(0, often - 1), 0, hint="So often the first token was read in excess.")


def test_when_the_context_is_full_no_more_is_read_than_the_window():
    model, _ = gpt()
    computed = positions_computed(model, torch.tensor([[1, 2, 3, 4, 5, 6]]), 5)
    # 6, 1, 1, and then windows of 8: two of them, or three where the last token is read too.
    check.equal(max(0, computed - 32), 0, hint="So many positions were computed in excess.")


def test_no_new_tokens_are_the_prompt():
    model, _ = gpt()
    check.close(generate_cached(model, torch.tensor([[1, 0, 2]]), 0), torch.tensor([[1, 0, 2]]))


def test_two_calls_in_a_row_know_nothing_of_each_other():
    model, state = gpt()
    one, other = torch.tensor([[1, 2, 3]]), torch.tensor([[4, 0, 6]])
    generate_cached(model, one, 2, temperature=0)
    check.close(generate_cached(model, other, 2, temperature=0), likeliest(state, other, 2))


@pytest.mark.parametrize("options", [{"top_k": 1}, {"top_p": 0.0}, {"temperature": 1e-4}])
def test_each_way_to_leave_one_token_writes_the_likeliest_text(options):
    model, state = gpt(seed=92, scale=0.5)  # no two tokens are nearly as likely, nor is one certain
    prompt = check.randint(7, 30, 2, seed=92)
    text = generate_cached(model, prompt, 5, generator=generator(), **options)
    same = torch.equal(text, likeliest(state, prompt, 5))
    check.equal(same, True, hint="One token is left, the likeliest, but another was drawn.")


@pytest.mark.parametrize("options", [{}, {"temperature": 3.0}])
def test_draws_follow_the_softmax(options):
    row = [2.0, 0.0, -1.0, 4.0]
    prompt = torch.zeros(N, 1, dtype=torch.long)
    model = bigrams(row, row, row, row)
    text = generate_cached(model, prompt, 1, generator=generator(), **options)
    check.equal(tuple(text.shape), (N, 2), hint="The prompt has one token, and one is new.")
    expected = torch.softmax(torch.tensor(row) / options.get("temperature", 1.0), -1)
    check.close(torch.bincount(text[:, 1], minlength=4) / N, expected, atol=FAR)


def test_temperature_then_top_k_then_top_p():
    row = torch.tensor([0.1, 0.3, 0.2, 0.4]).log().tolist()
    prompt = torch.zeros(60, 1, dtype=torch.long)
    options = {"temperature": 0.9, "top_k": 2, "top_p": 0.5, "generator": generator()}
    text = generate_cached(bigrams(row, row, row, row), prompt, 1, **options)
    check.equal(tuple(text.shape), (60, 2), hint="The prompt has one token, and one is new.")
    check.equal(sorted(set(text[:, 1].tolist())), [3])  # of two it reaches 0.5 alone


def test_rows_that_stop_at_different_times_repeat_the_stop_token():
    prompt = torch.tensor([[2], [3], [1], [4]])
    text = generate_cached(then(1, 2, 3, 0, 4), prompt, 4, temperature=0, stop_token=0)
    expected = [[2, 3, 0, 0, 0], [3, 0, 0, 0, 0], [1, 2, 3, 0, 0], [4, 4, 4, 4, 4]]
    check.close(text, torch.tensor(expected))


def test_a_stop_token_in_the_prompt_does_not_count():
    prompt = torch.tensor([[0, 1], [2, 0]])
    text = generate_cached(then(1, 2, 0), prompt, 4, temperature=0, stop_token=0)
    check.close(text, torch.tensor([[0, 1, 2, 0, 0, 0], [2, 0, 1, 2, 0, 0]]))


def test_equal_generators_write_equal_texts_and_others_other_ones():
    model = bigrams(*torch.zeros(50, 50).tolist())
    prompt = torch.tensor([[0, 1], [2, 3]])
    texts = [generate_cached(model, prompt, 5, generator=generator(seed)) for seed in (3, 3, 4)]
    equal = [torch.equal(texts[0], text) for text in texts]
    check.equal(equal, [True, True, False], hint="All randomness comes from the generator.")


def test_torch_s_own_randomness_is_neither_used_nor_set():
    model = bigrams(*torch.zeros(50, 50).tolist())
    texts, next_draws = [], []
    with torch.random.fork_rng():
        for seed in (1, 2):
            torch.manual_seed(seed)
            texts.append(generate_cached(model, torch.tensor([[0]]), 7, generator=generator()))
            next_draws.append(torch.rand(1).item())
    check.equal(torch.equal(*texts), True, hint="All randomness comes from the generator.")
    check.equal(next_draws[0] == next_draws[1], False, hint="torch was given a seed.")


def test_the_model_is_asked_in_eval_mode_and_without_gradient():
    model, _ = gpt()
    noted = []
    model.blocks[1].mlp.register_forward_hook(
        lambda module, *_: noted.append((module.training, torch.is_grad_enabled()))
    )
    generate_cached(model, torch.tensor([[0, 1, 2, 3, 4, 5, 6]]), 4, generator=generator())
    check.equal(sorted(set(noted)), [(False, False)])


def test_every_module_s_own_mode_is_restored():
    model, _ = gpt()
    model.blocks[0].eval()
    before = [module.training for module in model.modules()]
    generate_cached(model, torch.tensor([[0, 1]]), 2, generator=generator())
    check.equal([module.training for module in model.modules()], before)


def test_a_model_in_eval_mode_stays_in_it():
    model, _ = gpt()
    model.eval().blocks[0].train()
    before = [module.training for module in model.modules()]
    generate_cached(model, torch.tensor([[0, 1]]), 2, generator=generator())
    check.equal([module.training for module in model.modules()], before)


def test_every_module_s_own_mode_is_restored_after_an_error():
    model, _ = gpt()
    model.blocks[0].eval()
    before = [module.training for module in model.modules()]
    check.raises(IndexError, generate_cached, model, torch.tensor([[0, 99]]), 2)
    check.equal([module.training for module in model.modules()], before)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_prompt_in_memory_does_not_matter(layout):
    model, state = gpt(seed=3)
    prompt = laid_out(check.randint(7, 2, 4, seed=13), layout)
    text = generate_cached(model, prompt, 3, temperature=0)
    check.close(text, likeliest(state, prompt, 3))


def test_works_on_the_device_of_model_and_prompt():
    model, state = gpt(seed=3)
    prompt = check.randint(7, 2, 6, seed=14)  # the window slides, too
    options = {"temperature": 0.9, "top_k": 1, "top_p": 0.9, "stop_token": None}
    text = elsewhere(generate_cached, model, prompt, 4, generator=generator(), **options)
    check.close(text, likeliest(state, prompt, 4))


def test_leaves_the_prompt_alone():
    model, _ = gpt()
    prompt = torch.tensor([[1, 0, 2, 2]])
    generate_cached(model, prompt, 3, temperature=0)
    expected = torch.tensor([[1, 0, 2, 2]])
    check.close(prompt, expected, hint="generate_cached never writes to the prompt.")
