"""train_bpe learns the merges of a text, the most frequent pair first.

pytest tests/m08_tokenizer/test_train_bpe.py
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from milestones.m08_tokenizer import train_bpe
from tests.m08_tokenizer.oracle import trained, vocabulary

SENNRICH = "low " * 5 + "lower " * 2 + "newest " * 6 + "widest " * 3
PROSE = (
    "The merge that is learned first is the pair that stands in the text most often. After it, "
    "the counts of all pairs around it are others: they're counted anew, or mended, and then the "
    "next pair is the most frequent one. In 10 of 100 texts, 11 of 1000 merges aren't like that."
)


def merges_of(text, n, special_tokens=(), **options):
    _, merges = train_bpe(text, 256 + n + len(special_tokens), special_tokens, **options)
    return merges


def pairs(*texts):
    """Pairs of symbols, each as it is read: "e st"."""
    return [tuple(part.encode() for part in text.split(" ")) for text in texts]


def test_the_words_of_sennrich_merge_by_merge():
    # Of the pairs es and st, both nine times, the greater is first. In the paper it is es.
    found = merges_of(SENNRICH, 8, pattern=r"\S+")
    expected = pairs("s t", "e st", "o w", "l ow", "w est", "n e", "ne west", "w i")
    check.equal(found[:1], expected[:1])
    check.equal(found, expected)


def test_of_equally_frequent_pairs_the_greater_is_first():
    check.equal(merges_of("ab cd ba", 3, pattern=r"\S+"), pairs("c d", "b a", "a b"))


def test_greater_means_as_tuples_of_bytes():
    # Both stand twice. As tuples ab, a is greater than a, bc; as joined bytes abc is.
    text = "aba abab abc abc abcx bcy bcz bc bc aba"
    check.equal(merges_of(text, 6, pattern=r"\S+"), trained(text, 6, pattern=r"\S+"))
    check.equal(merges_of("zé zé ûa ûa", 1, pattern=r"\S+"), [(b"\xc3", b"\xbb")])


def test_in_a_run_of_one_letter_each_place_counts():
    # aaaa holds aa three times, bc stands twice.
    check.equal(merges_of("aaaa bc bc", 3, pattern=r"\S+"), pairs("a a", "b c", "aa aa"))


def test_a_word_counts_as_often_as_it_occurs():
    check.equal(merges_of("ab ac ac ac ab ac ad", 2, pattern=r"\S+"), pairs("a c", "a b"))


def test_no_pair_reaches_across_words():
    expected = [(b" ", b"b"), (b" ", b"a"), (b" a", b"b")]
    check.equal(merges_of("a b a b a b ab", 9), expected)


def test_a_space_belongs_to_the_word_after_it():
    check.equal(merges_of("in in in", 2), [(b"i", b"n"), (b" ", b"in")])


def test_the_end_of_a_line_is_learned_as_other_white_space_is():
    # The words are a, "\n ", " b", "\n ", " c".
    check.equal(merges_of("a\n  b\n  c", 2), [(b"\n", b" "), (b" ", b"c")])


def test_white_space_at_an_end_is_learned():
    expected = [(b"a", b"b"), (b"\n", b"\n")]
    check.equal(merges_of("ab\n\n", 2), expected)
    check.equal(merges_of("ab\n\n<x>", 2, ["<x>"]), expected)


def test_letters_of_several_bytes_are_merged_from_their_bytes():
    check.equal(merges_of("éé", 2), [(b"\xc3", b"\xa9"), (b"\xc3\xa9", b"\xc3\xa9")])


def test_the_ids_are_bytes_then_merges_then_special_tokens():
    special = ["<end>", "ü", "<a>"]
    vocab, merges = train_bpe("low low lower <end>", 262, special)
    expected = [(b"o", b"w"), (b"l", b"ow"), (b" ", b"low")]
    check.equal(merges, expected)
    check.equal(list(vocab), list(range(262)), hint="The ids are these, in this order.")
    check.equal(vocab, vocabulary(expected, special))


def test_where_no_pair_is_left_it_ends_early():
    vocab, merges = train_bpe("abc", 1000, ["<end>"])
    check.equal(merges, pairs("b c", "a bc"))
    check.equal(vocab, vocabulary(merges, ["<end>"]))


@pytest.mark.parametrize("text", ["", "a", "a <end>"])
def test_a_text_without_pairs_leaves_bytes_and_special_tokens(text):
    check.equal(train_bpe(text, 300, ["<end>"], r"\p{L}"), (vocabulary([], ["<end>"]), []))


def test_a_vocabulary_of_bytes_alone_has_no_merges():
    check.equal(train_bpe("low low", 256), (vocabulary([]), []))


def test_a_special_token_has_an_id_of_its_own_though_its_bytes_have_one():
    vocab, _ = train_bpe("low low", 258, ["a", "é"])
    check.equal(list(vocab.items())[256:], [(256, b"a"), (257, "é".encode())])


def test_special_tokens_take_no_part():
    check.equal(merges_of("<end>" * 9 + "ab" + "<end>", 5, ["<end>"]), pairs("a b"))


def test_special_tokens_cut_the_text():
    expected = [(b"c", b"d"), (b" ", b"cd"), (b" ", b"a")]
    check.equal(merges_of("a<x>b a<x>b cd", 9, ["<x>"]), expected)


def test_the_signs_of_expressions_mean_nothing_in_special_tokens():
    check.equal(merges_of("ab.*cd", 9, [".*"]), pairs("c d", "a b"))
    check.equal(merges_of("ab<|x|>cd", 9, ["<|x|>"]), pairs("c d", "a b"))


@pytest.mark.parametrize("special", [["<x>", "<x>y"], ["<x>y", "<x>"]])
def test_of_special_tokens_that_begin_alike_the_longest_is_taken(special):
    check.equal(merges_of("<x>yz<x>yz<x>ab", 9, special), pairs("a b"))


def test_every_merge_counts_the_pairs_anew():
    check.equal(merges_of(PROSE, 150), trained(PROSE, 150))


@given(
    words=st.lists(st.text("ab", min_size=1, max_size=7), min_size=1, max_size=6),
    n=st.integers(1, 8),
)
def test_agrees_with_counting_all_again_each_time(words, n):
    text = " ".join(words)
    check.equal(merges_of(text, n, pattern=r"\S+"), trained(text, n, pattern=r"\S+"))


@pytest.mark.parametrize(("size", "special", "least"), [(255, [], 256), (257, ["<a>", "<b>"], 258)])
def test_a_vocabulary_too_small_is_refused(size, special, least):
    check.raises(ValueError, train_bpe, "low", size, special, names=(size, least))


@pytest.mark.parametrize("special", [["<a>", ""], ["<a>", "<b>", "<a>"]])
def test_empty_and_repeated_special_tokens_are_refused(special):
    check.raises(ValueError, train_bpe, "low", 300, special)
