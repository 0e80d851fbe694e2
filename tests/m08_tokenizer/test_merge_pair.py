"""merge_pair makes each occurrence of a pair one symbol, from the left.

pytest tests/m08_tokenizer/test_merge_pair.py
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from milestones.m08_tokenizer import merge_pair
from tests.m08_tokenizer.oracle import merged, spelled


def test_newest_worked_by_hand():
    check.equal(merge_pair(spelled("newest"), (b"s", b"t")), (b"n", b"e", b"w", b"e", b"st"))


def test_every_occurrence_is_merged():
    check.equal(merge_pair(spelled("abcab"), (b"a", b"b")), (b"ab", b"c", b"ab"))


@pytest.mark.parametrize(
    ("times", "expected"), [(2, "aa"), (3, "aa a"), (4, "aa aa"), (5, "aa aa a")]
)
def test_pairs_that_overlap_are_merged_from_the_left(times, expected):
    expected = tuple(part.encode() for part in expected.split())
    check.equal(merge_pair((b"a",) * times, (b"a", b"a")), expected)


def test_what_has_been_merged_is_not_merged_again():
    check.equal(merge_pair((b"a", b"a", b"aa"), (b"a", b"a")), (b"aa", b"aa"))


def test_the_last_two_symbols_are_merged():
    check.equal(merge_pair((b"x", b"a", b"b"), (b"a", b"b")), (b"x", b"ab"))


def test_the_last_symbol_is_kept():
    check.equal(merge_pair((b"a", b"b", b"x"), (b"a", b"b")), (b"ab", b"x"))


def test_the_first_of_a_pair_alone_is_kept():
    check.equal(merge_pair((b"a", b"x", b"a"), (b"a", b"b")), (b"a", b"x", b"a"))


def test_the_symbols_decide_and_not_the_bytes_that_they_join_to():
    symbols = (b"a", b"bc", b"ab", b"c")
    check.equal(merge_pair(symbols, (b"ab", b"c")), (b"a", b"bc", b"abc"))


def test_the_order_of_a_pair_matters():
    check.equal(merge_pair((b"b", b"a", b"b"), (b"a", b"b")), (b"b", b"ab"))


@pytest.mark.parametrize("symbols", [(), (b"a",), (b"b", b"a"), (b"c", b"d")])
def test_without_the_pair_nothing_changes(symbols):
    check.equal(merge_pair(symbols, (b"a", b"b")), symbols)


@given(
    symbols=st.lists(st.sampled_from([b"a", b"b", b"ab"]), max_size=9).map(tuple),
    pair=st.tuples(*[st.sampled_from([b"a", b"b", b"ab"])] * 2),
)
def test_agrees_with_looking_at_the_first_two_and_going_on(symbols, pair):
    check.equal(merge_pair(symbols, pair), merged(symbols, pair))
