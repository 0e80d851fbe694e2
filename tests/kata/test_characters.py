"""A text becomes numbers, one for each character, and comes back.

pytest tests/kata/test_characters.py
"""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata.runs.characters import Characters


def test_ids_are_places_in_the_alphabet() -> None:
    characters = Characters.of("banana")
    assert characters.alphabet == "abn"
    assert len(characters) == 3
    assert characters.encode("nab").tolist() == [2, 0, 1]


@given(st.text())
def test_decoding_inverts_encoding(text: str) -> None:
    characters = Characters.of(text)
    assert characters.decode(characters.encode(text)) == text


def test_ids_are_int64_also_of_no_text() -> None:
    assert Characters("ab").encode("").dtype == torch.int64


def test_an_unknown_character_is_named() -> None:
    with pytest.raises(ValueError, match="'ß' is not one of the 2 in this vocabulary"):
        Characters("ab").encode("aßb")
