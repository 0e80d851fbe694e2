"""load_gpt2_tokenizer makes a Tokenizer of the contents of GPT-2's files.

pytest tests/m08_tokenizer/test_load_gpt2_tokenizer.py
"""

import json
from pathlib import Path

import pytest

from kata import check
from milestones.m08_tokenizer import load_gpt2_tokenizer, printable_bytes

# A small tokenizer in GPT-2's format, by the package tokenizers, and the ids of some texts.
FROZEN = json.loads(Path(__file__).with_name("gpt2_format.json").read_text("utf-8"))
VOCAB = {character: id for id, character in enumerate(sorted(printable_bytes().values()))}


def test_stand_ins_are_turned_back_into_bytes():
    vocab = {"Ġlow": 0, "Ã": 1, "©": 2, "Ċ": 3, "!": 4, "ł": 5}
    built = load_gpt2_tokenizer(vocab, [])
    expected = {0: b" low", 1: b"\xc3", 2: b"\xa9", 3: b"\n", 4: b"!", 5: b"\xa0"}
    check.equal(dict(built.vocab), expected)


@pytest.mark.parametrize("text", FROZEN["texts"])
def test_encodes_as_the_package_tokenizers(text):
    built = load_gpt2_tokenizer(FROZEN["vocab"], FROZEN["merges"])
    check.equal(built.encode(text), FROZEN["texts"][text])


@pytest.mark.parametrize("text", FROZEN["texts"])
def test_decodes_to_the_text(text):
    built = load_gpt2_tokenizer(FROZEN["vocab"], FROZEN["merges"])
    check.equal(built.decode(FROZEN["texts"][text]), text)


def test_each_line_is_a_merge_in_order():
    merged = {"Ġl": 256, "ow": 257, "Ġlow": 258, "Ã©": 259}
    built = load_gpt2_tokenizer(VOCAB | merged, ["Ġ l", "o w", "Ġl ow", "Ã ©"])
    expected = [(b" ", b"l"), (b"o", b"w"), (b" l", b"ow"), (b"\xc3", b"\xa9")]
    check.equal(list(built.merges), expected)


def test_the_ids_are_those_of_the_file():
    built = load_gpt2_tokenizer({**VOCAB, "ow": 256, "Ã©": 300}, ["o w", "Ã ©"])
    check.equal(built.encode("owé!"), [256, 300, VOCAB["!"]])


def test_a_first_line_with_the_version_is_no_merge():
    built = load_gpt2_tokenizer({**VOCAB, "ow": 256}, ["#version: 0.2", "o w"])
    check.equal(list(built.merges), [(b"o", b"w")])


def test_without_the_version_the_first_line_is_a_merge():
    built = load_gpt2_tokenizer({**VOCAB, "ow": 256, "lo": 257}, ["o w", "l o"])
    check.equal(list(built.merges), [(b"o", b"w"), (b"l", b"o")])


@pytest.mark.parametrize("lines", [["# #", "o w"], ["#version: 0.2", "# #", "o w"]])
def test_a_merge_of_two_hashes_is_a_merge(lines):
    built = load_gpt2_tokenizer({**VOCAB, "##": 256, "ow": 257}, lines)
    check.equal(list(built.merges), [(b"#", b"#"), (b"o", b"w")])
    check.equal(built.encode("##"), [256])


@pytest.mark.parametrize("lines", [["o w\n", "l ow\n", "\n"], ["o w\r\n", "", "l ow", ""]])
def test_line_ends_and_blank_lines_do_no_harm(lines):
    built = load_gpt2_tokenizer({**VOCAB, "ow": 256, "low": 257}, lines)
    check.equal(list(built.merges), [(b"o", b"w"), (b"l", b"ow")])


def test_the_end_of_a_text_is_special_where_it_is_in_the_vocabulary():
    built = load_gpt2_tokenizer({**VOCAB, "<|endoftext|>": 256}, [])
    check.equal(built.encode("a<|endoftext|>"), [VOCAB["a"], 256])
    check.equal(built.decode([VOCAB["a"], 256]), "a<|endoftext|>")


def test_elsewhere_nothing_is_special():
    built = load_gpt2_tokenizer({**VOCAB, "<|x|>": 256}, [])
    check.equal(list(built.special_tokens), [])
    check.equal(built.encode("<|x|>"), [VOCAB[sign] for sign in "<|x|>"])


def test_leaves_its_arguments_alone():
    vocab, lines = {**VOCAB, "ow": 256}, ["#version: 0.2", "o w"]
    load_gpt2_tokenizer(vocab, lines)
    check.equal(lines, ["#version: 0.2", "o w"], hint="The lines are the caller's.")
    check.equal(vocab, {**VOCAB, "ow": 256}, hint="The vocabulary is the caller's.")
