"""repeated_tokens makes texts of a segment that is repeated, so that the second time can be known.

pytest tests/m14_circuits/test_repeated_tokens.py
"""

import pytest
import torch

from kata import check
from milestones.m14_circuits import repeated_tokens


def texts(batch, seq, vocab, seed=0):
    return repeated_tokens(batch, seq, vocab, torch.Generator().manual_seed(seed))


def period(text):
    """The length of the shortest segment that the text repeats."""
    return next(n for n in range(1, len(text) + 1) if text[n:] == text[:-n])


def segments(batch=600, vocab=20):
    return [text[: period(text)] for text in texts(batch, 40, vocab).tolist()]


@pytest.mark.parametrize(("batch", "seq"), [(0, 20), (1, 9), (3, 5), (4, 33)])
def test_texts_are_whole_numbers_in_the_shape_that_is_asked_for(batch, seq):
    found = texts(batch, seq, 30)
    check.equal(tuple(found.shape), (batch, seq))
    check.equal(str(found.dtype), "torch.int64")


def test_every_text_repeats_a_segment_of_8_to_16_tokens():
    lengths = {len(segment) for segment in segments()}
    check.equal(sorted(lengths), [8, 9, 10, 11, 12, 13, 14, 15, 16])


def test_each_length_is_equally_likely():
    counts = torch.tensor([len(segment) for segment in segments()]).bincount(minlength=17)[8:]
    check.close(counts / 600, torch.full((9,), 1 / 9), atol=0.06)


def test_no_token_is_twice_in_a_segment():
    twice = [segment for segment in segments() if len(set(segment)) < len(segment)]
    check.equal(len(twice) > 0, False, hint="Some token is.")


def test_each_text_has_a_segment_of_its_own():
    check.equal(len({tuple(segment) for segment in segments(300)}) == 300, True)


@pytest.mark.parametrize("place", [0, 1, 7])
def test_each_token_is_equally_likely_at_each_place_of_a_segment(place):
    counts = torch.tensor([segment[place] for segment in segments(2000)]).bincount(minlength=20)
    check.close(counts / 2000, torch.full((20,), 1 / 20), atol=0.025)


def test_each_order_is_equally_likely():
    pairs = [segment[:2] for segment in segments(2000)]
    check.close(sum(a < b for a, b in pairs) / 2000, 0.5, atol=0.06)
    check.close(sum(b == (a + 1) % 20 for a, b in pairs) / 2000, 1 / 19, atol=0.025)


@pytest.mark.parametrize("seq", [1, 5, 8])
def test_a_text_shorter_than_any_segment_repeats_nothing(seq):
    distinct = [len(set(text)) for text in texts(6, seq, 18).tolist()]
    check.equal(min(distinct) == seq, True)


def test_a_long_text_goes_on_repeating():
    check.equal(all(period(text) <= 16 for text in texts(20, 150, 25).tolist()), True)


def test_a_vocab_of_16_is_enough_for_the_longest_segment():
    found = texts(200, 32, 16).tolist()
    check.equal(sorted({token for text in found for token in text}), list(range(16)))
    check.equal(max(map(period, found)), 16)


@pytest.mark.parametrize("vocab", [15, 9])
def test_a_smaller_vocab_is_an_error_that_names_it(vocab):
    check.raises(ValueError, lambda: texts(2, 8, vocab).tolist(), names=(vocab,))


def test_the_generator_alone_decides():
    first = texts(4, 20, 30, seed=5).tolist()
    check.equal(texts(4, 20, 30, seed=5).tolist() == first, True)
    check.equal(texts(4, 20, 30, seed=6).tolist() == first, False)


def test_the_generator_goes_on():
    generator = torch.Generator().manual_seed(0)
    first, second = (repeated_tokens(4, 20, 30, generator).tolist() for _ in range(2))
    check.equal(first == second, False)


def test_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    texts(2, 20, 30)
    check.equal(torch.equal(torch.get_rng_state(), before), True)
