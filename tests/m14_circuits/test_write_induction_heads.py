"""write_induction_heads writes a model by hand that goes on as the text went on before.

pytest tests/m14_circuits/test_write_induction_heads.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from milestones.m14_circuits import write_induction_heads

NOT_ASKED, NOT_ALONE = -1, -2


def only_followers(text):
    """For each place: what alone has followed its token so far, or NOT_ASKED."""
    followers, found = {}, []
    for before, token in zip([None, *text], text, strict=False):
        followers.setdefault(before, set()).add(token)
        after = followers.get(token, set())
        found.append(min(after) if len(after) == 1 else NOT_ASKED)
    return torch.tensor(found)


@torch.no_grad()
def said(model, text):
    """For each place that is asked: the token of the largest logit, or NOT_ALONE."""
    logits = model(torch.tensor([text]))[0]
    largest, tokens = logits.max(dim=-1)
    second = logits.scatter(-1, tokens.unsqueeze(-1), -torch.inf).amax(dim=-1)
    alone = second < largest - 1e-5
    return tokens.where(alone, NOT_ALONE).where(only_followers(text) != NOT_ASKED, NOT_ASKED)


def walk(length, vocab, free, seed):
    """A text in which most tokens have one follower, and `free` tokens of the vocab have any."""
    order = check.randn(vocab, seed=seed).argsort().tolist()
    dice, text = check.randint(vocab, length, seed=seed + 1).tolist(), [order[-1]]
    while len(text) < length:
        place = order.index(text[-1])
        text.append(order[place + 1] if place < vocab - free else dice[len(text)])
    return text


def check_goes_on(vocab, context, text):
    model = write_induction_heads(vocab, context)
    check.close(said(model, text), only_followers(text), hint="-1: not asked, -2: not alone.")


@pytest.mark.parametrize(("vocab", "context"), [(5, 1), (3, 8), (12, 7)])
def test_it_is_a_model_of_two_layers_of_attention(vocab, context):
    model = write_induction_heads(vocab, context)
    check.equal(type(model).__name__, "AttentionOnly")
    check.equal(len(model.w_o), 2)
    check.equal((len(model.token_embedding), len(model.position_embedding)), (vocab, context))
    check.equal(tuple(model(torch.zeros(1, context).long()).shape), (1, context, vocab))


def test_after_a_b_c_a_comes_b():
    model = write_induction_heads(vocab_size=6, context_length=5)
    check.close(said(model, [0, 2, 5, 1, 2]), torch.tensor([-1, -1, -1, -1, 5]))


def test_place_0_has_no_place_before_it():
    model = write_induction_heads(vocab_size=5, context_length=7)
    check.close(said(model, [3, 4, 1, 3]), torch.tensor([-1, -1, -1, 4]))


@pytest.mark.parametrize("text", [[1, 3, 3], [3, 3], [0, 3, 3, 3, 3], [2, 2, 2, 2, 2]])
def test_a_token_that_follows_itself_comes_again(text):
    check_goes_on(4, 6, text)


def test_one_follower_many_times_is_still_one():
    check_goes_on(6, 12, [4, 1, 0, 4, 1, 2, 4, 1, 3, 4, 1, 5])


def test_it_looks_back_over_a_long_text_without_the_token():
    between = [token for token in check.randint(40, 600, seed=3).tolist() if token != 7]
    text = [8, 7, 9, *between[:540], 7]
    last = said(write_induction_heads(40, 600), text)[-1]
    far = "7 was followed by 9, 541 places before. The more places, the farther a match must lead"
    check.close(last, torch.tensor(9), hint=f"{far}, and scores are divided by the root of d_head.")


@pytest.mark.parametrize(
    ("vocab", "context", "free"), [(2, 9, 1), (5, 40, 2), (16, 33, 3), (17, 64, 6), (40, 600, 9)]
)
def test_a_text_that_is_no_repeated_segment_goes_on_as_before(vocab, context, free):
    check_goes_on(vocab, context, walk(context, vocab, free, seed=vocab))


def test_a_repeated_segment_goes_on_repeating():
    check_goes_on(20, 30, 3 * [11, 3, 19, 0, 7, 15, 4, 8, 2, 16])


def test_a_text_may_be_shorter_than_the_context():
    check_goes_on(5, 90, [1, 4, 2, 1, 4, 0])


def test_a_vocab_of_one_token_has_nothing_else_to_say():
    check_goes_on(1, 4, [0, 0, 0, 0])


@given(text=st.lists(st.integers(0, 4), min_size=1, max_size=12))
def test_wherever_a_token_had_one_follower_that_one_comes(text):
    check_goes_on(5, 12, text)
