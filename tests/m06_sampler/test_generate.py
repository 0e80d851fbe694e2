"""generate continues a prompt: ask the model, choose a token, append it, ask again.

Where tokens are drawn, the bounds are such that correct code fails once in 10⁹ seeds at most.

pytest tests/m06_sampler/test_generate.py
"""

from types import SimpleNamespace

import pytest
import torch
from torch import nn

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m06_sampler import generate

N = 2000  # rows drawn at once: a share of them is off by 0.0112 (one standard deviation) or less
FAR = 0.073  # 6.5 of these


class Bigrams(nn.Module):
    """Scores the next token by the last one alone, from a table."""

    def __init__(self, table, context_length=8):
        super().__init__()
        self.config = SimpleNamespace(vocab_size=len(table), context_length=context_length)
        self.table = nn.Parameter(torch.as_tensor(table))
        self.lengths = []  # of the texts that it was given

    def forward(self, tokens):
        self.lengths.append(tokens.size(1))
        return self.table[tokens]


class Sums(nn.Module):
    """After a window the likeliest token is the sum of all tokens in it, each weighted by its
    place counted from 1, modulo the vocabulary. More than context_length tokens are an error."""

    def __init__(self, vocab, context_length):
        super().__init__()
        self.config = SimpleNamespace(vocab_size=vocab, context_length=context_length)

    def forward(self, tokens):
        seq, context_length = tokens.size(1), self.config.context_length
        if seq > context_length:
            raise ValueError(f"{seq} tokens, but context_length is {context_length}")
        sums = (tokens * torch.arange(1, seq + 1)).cumsum(1) % self.config.vocab_size
        return 9.0 * nn.functional.one_hot(sums, self.config.vocab_size)


class Watched(nn.Module):
    """All tokens are equally likely. Notes modes and gradient while it is asked."""

    def __init__(self, fails=False):
        super().__init__()
        self.config = SimpleNamespace(vocab_size=50, context_length=8)
        self.logits = nn.Parameter(torch.zeros(50))
        self.learning, self.frozen = nn.Dropout(0.5), nn.Dropout(0.5)
        self.train()
        self.frozen.eval()
        self.fails, self.noted = fails, []

    def modes(self):
        return [self.training, self.learning.training, self.frozen.training]

    def forward(self, tokens):
        self.noted.append([*self.modes(), torch.is_grad_enabled()])
        if self.fails:
            raise ValueError("out of order")
        return self.logits.expand(*tokens.shape, 50)


def then(*following):
    """A table in which each token is followed by one other, all but surely."""
    return 90.0 * nn.functional.one_hot(torch.tensor(following), len(following))


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def first_shares(row, **options):
    """How often each token came first, where the logits are `row` and the prompt is token 0."""
    model = Bigrams(torch.tensor(row).expand(len(row), len(row)).contiguous())
    prompt = torch.zeros(N, 1, dtype=torch.long)
    text = generate(model, prompt, 1, generator=generator(), **options)
    check.equal(tuple(text.shape), (N, 2), hint="The prompt has one token, and one is new.")
    return torch.bincount(text[:, 1], minlength=len(row)) / N


def test_a_text_by_hand():
    model = Bigrams(then(2, 0, 1))  # after 0 comes 2, after 2 comes 1, after 1 comes 0
    text = generate(model, torch.tensor([[0], [1]]), 4, temperature=0)
    check.close(text, torch.tensor([[0, 2, 1, 0, 2], [1, 0, 2, 1, 0]]))


def test_the_prompt_stays_in_front_and_its_last_token_counts():
    model = Bigrams(then(3, 2, 0, 1))
    prompt = torch.tensor([[3, 3, 0], [0, 1, 2]])
    expected = torch.tensor([[3, 3, 0, 3, 1], [0, 1, 2, 0, 3]])
    check.close(generate(model, prompt, 2, temperature=0), expected)


def test_no_new_tokens_are_the_prompt():
    prompt = torch.tensor([[1, 0, 2]])
    text = generate(Bigrams(then(2, 0, 1)), prompt, 0)
    check.close(text, torch.tensor([[1, 0, 2]]))


@pytest.mark.parametrize(("length", "new"), [(2, 3), (3, 4), (4, 1), (7, 5)])
def test_the_model_sees_the_newest_tokens_as_many_as_it_can(length, new):
    vocab, context_length = 11, 4
    prompt = 1 + check.randint(vocab - 1, 2, length, seed=length)
    rows = prompt.tolist()
    for _ in range(new):
        for row in rows:
            window = row[-context_length:]
            row.append(sum(place * token for place, token in enumerate(window, 1)) % vocab)
    text = generate(Sums(vocab, context_length), prompt, new, temperature=0)
    check.close(text, torch.tensor(rows))


def test_the_model_is_given_as_many_tokens_as_it_can_see_and_no_more():
    model = Bigrams(then(2, 0, 1), context_length=4)
    generate(model, torch.tensor([[0, 1, 2]]), 4, temperature=0)
    check.equal(model.lengths, [3, 4, 4, 4])


def test_draws_follow_the_softmax():
    row = [1.0, 0.0, -1.0, 2.0]
    check.close(first_shares(row), torch.softmax(torch.tensor(row), -1), atol=FAR)


@pytest.mark.parametrize("temperature", [0.5, 3.0])
def test_a_temperature_changes_the_odds(temperature):
    row = [1.0, 0.0, -1.0, 2.0]
    expected = torch.softmax(torch.tensor(row) / temperature, -1)
    check.close(first_shares(row, temperature=temperature), expected, atol=FAR)


def test_a_twentieth_is_a_temperature_like_others():
    row = [0.05, 0.0, -0.05, 0.1]
    expected = torch.softmax(20 * torch.tensor(row), -1)
    check.close(first_shares(row, temperature=0.05), expected, atol=FAR)


def test_top_k_leaves_the_k_likeliest():
    expected = torch.softmax(torch.tensor([1.0, -torch.inf, -torch.inf, 1.2]), -1)
    check.close(first_shares([1.0, 0.8, 0.6, 1.2], top_k=2), expected, atol=FAR)


def test_a_temperature_counts_beside_top_k():
    row = [1.0, 0.8, 0.6, 1.2]
    expected = torch.softmax(torch.tensor([1.0, -torch.inf, -torch.inf, 1.2]) / 0.25, -1)
    check.close(first_shares(row, temperature=0.25, top_k=2), expected, atol=FAR)


def test_top_p_leaves_the_nucleus():
    row = torch.tensor([0.3, 0.15, 0.05, 0.5]).log().tolist()
    expected = torch.tensor([0.375, 0.0, 0.0, 0.625])
    check.close(first_shares(row, top_p=0.7), expected, atol=FAR)


def test_a_top_p_of_zero_leaves_the_likeliest():
    expected = torch.tensor([0.0, 0.0, 0.0, 1.0])
    check.close(first_shares([1.0, 0.0, -1.0, 1.5], top_p=0.0), expected, atol=FAR)


def test_top_k_comes_before_top_p():
    row = torch.tensor([0.1, 0.4, 0.2, 0.3]).log().tolist()
    # Of two the first has 4/7 and reaches 0.5 alone; of four it has 0.4 and needs the second.
    expected = torch.tensor([0.0, 1.0, 0.0, 0.0])
    check.close(first_shares(row, top_k=2, top_p=0.5), expected, atol=FAR)


@pytest.mark.parametrize(("k", "p"), [(2, 0.85), (3, 0.45)])
def test_top_k_and_top_p_both_count(k, p):
    row = torch.tensor([0.1, 0.4, 0.2, 0.3]).log().tolist()
    # Of two 0.85 needs both, of three 0.45 needs two; alone they would leave three.
    expected = torch.tensor([0.0, 4 / 7, 0.0, 3 / 7])
    check.close(first_shares(row, top_k=k, top_p=p), expected, atol=FAR)


def test_temperature_comes_before_top_p():
    row = torch.tensor([0.4, 0.6]).log().tolist()
    # Squared and divided by their sum they are 0.31 and 0.69: the second reaches 0.65 alone.
    check.close(first_shares(row, temperature=0.5, top_p=0.65), torch.tensor([0.0, 1.0]), atol=FAR)


def test_a_temperature_of_zero_is_greedy_whatever_the_filters():
    model = Bigrams([[0.1, 0.2, 0.0], [0.0, 0.1, 0.2], [0.2, 0.1, 0.0]])
    prompt = torch.tensor([[0], [1], [2]])
    text = generate(model, prompt, 3, temperature=0.0, top_k=3, top_p=0.9)
    check.close(text, torch.tensor([[0, 1, 2, 0], [1, 2, 0, 1], [2, 0, 1, 2]]))


def test_rows_that_stop_at_different_times_repeat_the_stop_token():
    model = Bigrams(then(1, 2, 3, 0, 4))  # 0 1 2 3 0 ... and 4 for ever
    prompt = torch.tensor([[2], [0], [1], [4]])
    text = generate(model, prompt, 4, temperature=0, stop_token=3)
    expected = [[2, 3, 3, 3, 3], [0, 1, 2, 3, 3], [1, 2, 3, 3, 3], [4, 4, 4, 4, 4]]
    check.close(text, torch.tensor(expected))


def test_the_token_zero_can_be_the_stop_token():
    model = Bigrams(then(1, 2, 0))
    text = generate(model, torch.tensor([[1], [2]]), 4, temperature=0, stop_token=0)
    check.close(text, torch.tensor([[1, 2, 0, 0, 0], [2, 0, 0, 0, 0]]))


def test_a_vocabulary_beyond_256_has_stop_tokens_too():
    model = Bigrams(then(*range(1, 300), 0))
    text = generate(model, torch.tensor([[296], [298]]), 4, temperature=0, stop_token=299)
    check.close(text, torch.tensor([[296, 297, 298, 299, 299], [298, 299, 299, 299, 299]]))


def test_a_stop_token_in_the_prompt_does_not_count():
    model = Bigrams(then(1, 2, 0))
    text = generate(model, torch.tensor([[0, 1], [2, 0]]), 4, temperature=0, stop_token=0)
    check.close(text, torch.tensor([[0, 1, 2, 0, 0, 0], [2, 0, 1, 2, 0, 0]]))


def test_the_text_has_all_its_columns_even_where_every_row_stops_at_once():
    model = Bigrams(then(1, 1))
    text = generate(model, torch.tensor([[0], [0]]), 3, temperature=0, stop_token=1)
    check.close(text, torch.tensor([[0, 1, 1, 1], [0, 1, 1, 1]]))


def test_equal_generators_write_equal_texts():
    prompt = torch.tensor([[0, 1], [2, 3]])
    texts = [generate(Watched(), prompt, 12, generator=generator(3)) for _ in range(2)]
    check.equal(torch.equal(*texts), True, hint="All randomness comes from the generator.")


def test_other_generators_write_other_texts():
    prompt = torch.tensor([[0, 1], [2, 3]])
    texts = [generate(Watched(), prompt, 12, generator=generator(seed)) for seed in (3, 4)]
    check.equal(torch.equal(*texts), False, hint="The generator's seed changes nothing.")


def test_each_token_is_drawn_anew():
    text = generate(Watched(), torch.tensor([[0]]), 40, generator=generator(5))
    few = len(set(text[0].tolist())) < 5
    check.equal(few, False, hint="Forty draws from fifty tokens gave less than five.")


def test_torch_s_own_randomness_is_left_alone():
    before = torch.get_rng_state()
    generate(Watched(), torch.tensor([[0]]), 3, generator=generator())
    check.equal(torch.equal(torch.get_rng_state(), before), True)


def test_the_model_is_asked_in_eval_mode_and_without_gradient():
    model = Watched()
    generate(model, torch.tensor([[0, 1]]), 2, generator=generator())
    check.equal(model.noted, [[False] * 4] * 2)


def test_every_module_s_own_mode_is_restored():
    model = Watched()
    generate(model, torch.tensor([[0, 1]]), 2, generator=generator())
    check.equal(model.modes(), [True, True, False])


def test_a_model_in_eval_mode_stays_in_it():
    model = Watched().eval()
    generate(model, torch.tensor([[0, 1]]), 2, generator=generator())
    check.equal(model.modes(), [False, False, False])


def test_every_module_s_own_mode_is_restored_after_an_error():
    model = Watched(fails=True)
    check.raises(ValueError, generate, model, torch.tensor([[0, 1]]), 2)
    check.equal(model.modes(), [True, True, False])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_prompt_in_memory_does_not_matter(layout):
    following = [2, 0, 3, 1]
    prompt = laid_out(torch.tensor([[0, 2, 1], [1, 1, 3]]), layout)
    text = generate(Bigrams(then(*following)), prompt, 2, temperature=0)
    expected = [[*row, n := following[row[-1]], following[n]] for row in prompt.tolist()]
    check.close(text, torch.tensor(expected))


def test_works_on_the_device_of_model_and_prompt():
    model, prompt = Bigrams(then(2, 0, 1)), torch.tensor([[0], [1]])
    options = {"temperature": 0.9, "top_k": 2, "top_p": 0.9, "stop_token": 1}
    text = elsewhere(generate, model, prompt, 4, generator=generator(), **options)
    check.close(text, torch.tensor([[0, 2, 1, 1, 1], [1, 0, 2, 1, 1]]))


def test_leaves_the_prompt_alone():
    prompt = torch.tensor([[1, 0, 2, 2]])
    generate(Bigrams(then(2, 0, 1)), prompt, 3, temperature=0)
    expected = torch.tensor([[1, 0, 2, 2]])
    check.close(prompt, expected, hint="generate never writes to the prompt.")
