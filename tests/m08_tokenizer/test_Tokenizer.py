"""A Tokenizer turns text into ids and back, at once or as the text comes in.

pytest tests/m08_tokenizer/test_Tokenizer.py
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from milestones.m08_tokenizer import Tokenizer
from tests.m08_tokenizer.oracle import check_that_it_names, encoded, held_by, trained, vocabulary

LOW = [(b"l", b"o"), (b"lo", b"w"), (b" ", b"low"), (b"e", b"r"), (b"w", b"e")]  # 256 to 260
TEXT = "it's low, lower: they'll see 10 newer lowest ones\n\n  in the  wide north. naïve 学 🙂🙂 "
MERGES = [*trained(TEXT * 2, 60), (b" ", b"b")]
SPECIAL = ["<a>", "<a>b", "<ab", "b<", "~", "<a b c>"]  # they begin alike, and contain each other
PIECES = ["low", " lower", "'", "l", "l", " ", "  ", "\n", "12", "é", "🙂", "<", "a", ">", "b", "~"]


def pairs(*texts):
    return [tuple(part.encode() for part in text.split(" ")) for text in texts]


def tokenizer(merges=MERGES, special=()):
    return Tokenizer(vocabulary(merges, special), merges, special)


def ids(text, merges=MERGES, special=()):
    return encoded(text, vocabulary(merges, special), merges, special)


def test_lower_worked_by_hand():
    # l o w e r: lo, then low; then er, which was learned before we.
    check.equal(tokenizer(LOW).encode("lower"), [257, 259])


def test_two_tokenizers_know_nothing_of_each_other():
    one, other = tokenizer(LOW), tokenizer(pairs("o w"))
    one.encode("low")
    check.equal(other.encode("low"), [ord("l"), 256], hint="Another one had encoded low before.")


def test_the_earliest_learned_pair_is_merged_first_wherever_it_stands():
    merges = pairs("b c", "a b", "ab c", "c d")
    check.equal(tokenizer(merges).encode("abcd"), [ord("a"), 256, ord("d")])


def test_merges_decide_and_not_the_longest_token_of_the_vocabulary():
    merges = pairs("b c", "a b", "ab c", "d e", "c de", "abc d")
    check.equal(tokenizer(merges).encode("abcde"), [ord("a"), 256, 259])


def test_a_whole_word_that_is_a_token_is_made_by_merges_or_not_at_all():
    merges = pairs("b c", "a b", "ab c")
    check.equal(tokenizer(merges).encode("abc"), [ord("a"), 256])


def test_pairs_that_overlap_are_merged_from_the_left():
    merges = pairs("a a", "aa aa")
    check.equal(tokenizer(merges).encode("aaaaaaa"), [257, 256, ord("a")])


def test_no_merge_reaches_across_words():
    check.equal(tokenizer(LOW).encode("low er low"), [257, ord(" "), 259, 258])


@pytest.mark.parametrize("text", ["low", TEXT, "  \n ", "Ünï"])
def test_a_text_becomes_the_ids_of_the_definition(text):
    check.equal(tokenizer().encode(text), ids(text))


@given(text=st.text(max_size=20))
def test_decoding_gives_any_text_back(text):
    built = tokenizer()
    found = built.encode(text)
    check.equal(found, ids(text))
    check.equal(built.decode(found), text)


@pytest.mark.parametrize(
    "text", ["~", "low~low", "~~", "x<a>b", "<a>c", "<ab<a>", "b<a>", "<<a>>", " <a>  low", "<ab<"]
)
def test_the_leftmost_special_token_is_found_first_and_the_longest_there(text):
    check.equal(tokenizer(special=SPECIAL).encode(text), ids(text, special=SPECIAL))


def test_what_is_not_declared_special_is_text():
    vocab = vocabulary(LOW, ["<end>"])
    check.equal(Tokenizer(vocab, LOW).encode("<end>"), [*b"<end>"])


def test_of_two_ids_with_the_same_bytes_a_special_token_is_the_last_and_all_else_the_first():
    vocab = {9: b"a", 7: b"b", 8: b"a", 5: b"ab", 6: b"ab", 4: b"b"}
    check.equal(Tokenizer(vocab, pairs("a b")).encode("ab a b"[:2] + "ba"), [5, 7, 9])
    check.equal(Tokenizer(vocab, [], ["a"]).encode("ab"), [8, 7])


def test_the_ids_are_the_vocabulary_s_own():
    vocab = {id * 3 + 1: token for id, token in vocabulary(LOW).items()}
    built = Tokenizer(vocab, LOW)
    check.equal(built.encode("low"), [257 * 3 + 1])
    check.equal(built.decode([257 * 3 + 1, ord("!") * 3 + 1]), "low!")


def test_another_pattern_splits_into_other_words():
    built = Tokenizer(vocabulary(pairs("1 2", "a 1")), pairs("1 2", "a 1"), pattern=r"\d|\D+")
    check.equal(built.encode("12a1"), [ord("1"), ord("2"), ord("a"), ord("1")])


def test_a_byte_that_is_no_token_is_refused_and_named():
    built = Tokenizer({0: b"a", 1: b"\xc3"}, [])
    check.equal(built.encode("aa"), [0, 0])
    check_that_it_names(0xA9, built.encode, "aé")


def test_it_keeps_what_it_was_given():
    vocab = vocabulary(LOW, ["~"])
    built = Tokenizer(vocab, LOW, ["~"], r"\S+")
    check.equal(dict(built.vocab), vocab)
    check.equal(list(built.merges), LOW)
    check.equal(list(built.special_tokens), ["~"])
    check.equal(built.pattern, r"\S+")


@pytest.mark.parametrize("special", [["~", ""], ["~", "~"], ["~", "<end>"]])
def test_special_tokens_that_are_empty_repeated_or_unknown_are_refused(special):
    check.raises(ValueError, Tokenizer, vocabulary(LOW, ["~", ""]), LOW, special)


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        ([257, 259], "lower"),
        ([0xC3, 0xA9], "é"),
        ([0xC3], "\ufffd"),
        ([0xC3, 257], "\ufffdlow"),
        ([0x80, 0x80], "\ufffd\ufffd"),
        ([0xF0, 0x9F, 0x99], "\ufffd"),
        ([0xC3, 0xC3, 0xA9], "\ufffdé"),
    ],
)
def test_bytes_are_joined_before_they_are_read_as_text(ids, text):
    check.equal(tokenizer(LOW).decode(ids), text)


def test_special_tokens_are_text_again():
    check.equal(tokenizer(LOW, ["<end>"]).decode([257, 261, 257]), "low<end>low")


def test_an_iterator_is_decoded():
    check.equal(tokenizer(LOW).decode(iter([257, 259])), "lower")


@pytest.mark.parametrize("id", [261, -1])
def test_an_unknown_id_is_refused_and_named(id):
    check.raises(ValueError, tokenizer(LOW).decode, [257, id], names=(id,))


@pytest.mark.parametrize(
    "chunks",
    [
        ["low", "", " lower"],
        ["lo", "w lo", "wer"],
        ["they", "'", "l", "l see"],
        ["low  ", "  ", " low"],
        ["low \n", "\n", "low"],
        ["low\n\n ", " in"],
        ["low <", "a", ">", "b low"],
        ["<a>", "c"],
        ["low b", "low"],
        ["low <a", " b", " c>low"],
        ["<a b", " low"],
        ["<", "ab", "<", "a>"],
        ["b", "<a", ">~"],
        ["low <a b c", ">low"],
        ["low<a> low er low er", " low"],
        list(TEXT),
    ],
)
def test_a_stream_is_encoded_as_the_joined_text(chunks):
    found = list(tokenizer(special=SPECIAL).encode_stream(chunks))
    check.equal(found, ids("".join(chunks), special=SPECIAL))


def test_a_stream_leaves_out_what_its_pattern_leaves_out():
    built = Tokenizer(vocabulary(LOW), LOW, pattern=r"\p{L}+")
    found = list(built.encode_stream(["low, er; we", "low. low"]))
    check.equal(found, encoded("low, er; welow. low", vocabulary(LOW), LOW, pattern=r"\p{L}+"))


@given(
    pieces=st.lists(st.sampled_from(PIECES), max_size=12),
    cuts=st.lists(st.integers(0, 20), max_size=6).map(sorted),
)
def test_however_it_is_cut(pieces, cuts):
    text = "".join(pieces)
    chunks = [text[start:end] for start, end in zip([0, *cuts], [*cuts, None], strict=True)]
    found = list(tokenizer(special=SPECIAL).encode_stream(chunks))
    check.equal(found, ids(text, special=SPECIAL))


def read_when(chunks, special=()):
    """How many chunks had been read when each id came out."""
    read = 0

    def counted():
        nonlocal read
        for chunk in chunks:
            read += 1
            yield chunk

    stream = tokenizer(LOW, special).encode_stream(counted())
    before = read
    return before, [read for _ in stream]


def test_no_chunk_is_read_before_it_is_needed():
    before, when = read_when(["low", " low", " low", " low", " low"])
    check.equal(before, 0, hint="Nothing was asked for yet, and so many chunks were read.")
    check.equal(len(when), 5, hint="There are five words, and so many ids.")
    late = [max(0, chunks - due) for chunks, due in zip(when, [3, 4, 5, 5, 5], strict=True)]
    check.equal(late, [0] * 5, hint="Two words have begun after it: so many chunks too many.")


def test_a_special_token_comes_out_as_soon_as_it_is_decided():
    _, when = read_when(["low<a>", "b", "<a>", "c", "~", " low", "er"], SPECIAL)
    check.equal(len(when), 7, hint="low, <a>b, <a>, c, ~, ' low' and er are so many ids.")
    late = [max(0, chunks - due) for chunks, due in zip(when, [2, 2, 4, 5, 5, 7, 7], strict=True)]
    check.equal(late, [0] * 7, hint="It was decided: so many chunks too many were read.")


def test_nothing_is_kept_of_what_has_come_out():
    stream = tokenizer(LOW).encode_stream("low lower " * times for times in [5] * 300)
    for _ in range(50):
        next(stream)
    before = held_by(stream)
    for _ in range(500):
        next(stream)
    more = held_by(stream) - before
    check.equal(more < 1_000, True, hint=f"2,500 characters went by, and {more} bytes stayed.")
