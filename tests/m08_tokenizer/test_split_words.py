"""split_words gives a pattern's whole matches, in order.

pytest tests/m08_tokenizer/test_split_words.py
"""

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from milestones.m08_tokenizer import split_words
from tests.m08_tokenizer.oracle import GPT2

PIECES = ["low", "New", " ", "  ", "\n", "\t", "'s", "'ll", "'", "12", "½", "é", "学", "🙂", "!?"]


def test_words_numbers_and_contractions_worked_by_hand():
    check.equal(split_words("it's 12 low"), ["it", "'s", " 12", " low"])


def test_a_word_takes_the_space_before_it_along():
    check.equal(split_words("the lowest low"), ["the", " lowest", " low"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a   b", ["a", "  ", " b"]),
        ("a \n b", ["a", " \n", " b"]),
        ("a\n\nb", ["a", "\n", "\n", "b"]),
        ("end  ", ["end", "  "]),
        ("    ", ["    "]),
    ],
)
def test_of_several_spaces_the_last_belongs_to_the_word_after(text, words):
    check.equal(split_words(text), words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("we'll", ["we", "'ll"]),
        ("we'LL", ["we", "'", "LL"]),
        ("x1.5%", ["x", "1", ".", "5", "%"]),
        ("a_b -- c!?", ["a", "_", "b", " --", " c", "!?"]),
        ("naïve Straße", ["naïve", " Straße"]),
        ("学习 123", ["学习", " 123"]),
        ("hi🙂🙂", ["hi", "🙂🙂"]),
    ],
)
def test_letters_numbers_and_signs_part(text, words):
    check.equal(split_words(text), words)


def test_an_empty_text_has_no_words():
    check.equal(split_words(""), [])


@given(pieces=st.lists(st.sampled_from(PIECES), max_size=8))
def test_nothing_is_lost_or_changed(pieces):
    text = "".join(pieces)
    words = split_words(text)
    check.equal(words, [match[0] for match in regex.finditer(GPT2, text)])
    check.equal("".join(words), text)


def test_another_pattern_leaves_out_what_it_does_not_match():
    check.equal(split_words("a12 b3, 45", r"\p{N}+"), ["12", "3", "45"])


def test_a_pattern_with_groups_gives_its_whole_matches():
    check.equal(split_words("12 345", r"(\d)(\d)?"), ["12", "34", "5"])


def test_an_empty_match_is_no_word():
    check.equal(split_words("a12b", r"\d*"), ["12"])
