"""count_pairs counts the symbols that stand side by side, word by word.

pytest tests/m08_tokenizer/test_count_pairs.py
"""

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from kata import check
from milestones.m08_tokenizer import count_pairs
from tests.m08_tokenizer.oracle import spelled


def test_two_words_worked_by_hand():
    words = {(b"l", b"o", b"w"): 5, (b"l", b"o"): 2}
    check.equal(count_pairs(words), Counter({(b"l", b"o"): 7, (b"o", b"w"): 5}))


def test_the_words_of_sennrich():
    words = {"low": 5, "lower": 2, "newest": 6, "widest": 3}
    found = count_pairs({spelled(word): count for word, count in words.items()})
    expected = {
        **{"lo": 7, "ow": 7, "we": 8, "er": 2, "ne": 6, "ew": 6},
        **{"es": 9, "st": 9, "wi": 3, "id": 3, "de": 3},
    }
    check.equal(found, Counter({spelled(pair): count for pair, count in expected.items()}))


def test_every_place_counts_also_where_pairs_overlap():
    check.equal(count_pairs({(b"a",) * 3: 1}), Counter({(b"a", b"a"): 2}))


def test_a_pair_that_a_word_holds_twice_counts_twice_each_time():
    check.equal(count_pairs({spelled("anan"): 3}), Counter({(b"a", b"n"): 6, (b"n", b"a"): 3}))


def test_the_same_symbols_the_other_way_round_are_another_pair():
    check.equal(
        count_pairs({spelled("ab"): 2, spelled("ba"): 5}),
        Counter({(b"a", b"b"): 2, (b"b", b"a"): 5}),
    )


def test_a_symbol_may_have_many_bytes():
    words = {(b"lo", b"w"): 2, (b"l", b"ow"): 3}
    check.equal(count_pairs(words), Counter({(b"lo", b"w"): 2, (b"l", b"ow"): 3}))


def test_no_pair_reaches_from_word_to_word():
    check.equal(count_pairs({(b"a",): 4, (b"b",): 4, (b"ab",): 2, (): 1}), Counter())


@given(
    words=st.dictionaries(
        st.lists(st.sampled_from([b"a", b"b", b"ab"]), max_size=5).map(tuple),
        st.integers(1, 4),
        max_size=4,
    )
)
def test_agrees_with_a_list_of_every_pair(words):
    listed = [
        symbols[i : i + 2]
        for symbols, count in words.items()
        for _ in range(count)
        for i in range(len(symbols) - 1)
    ]
    check.equal(count_pairs(words), Counter(listed))


def test_leaves_its_words_alone():
    words = {spelled("low"): 5}
    count_pairs(words)
    check.equal(words, {spelled("low"): 5}, hint="count_pairs never writes to its argument.")
