"""Edits that are made together change only the words in which each differs.

pytest tests/kata/test_edits.py
"""

import pytest

from kata.course import bugs, reference
from kata.course.curriculum import milestones
from kata.course.edits import edited

TEXT = "exp = (x - x.amax(dim)).exp()\nreturn exp / exp.sum(dim)\n"


def test_one_edit_is_a_replacement():
    assert edited(TEXT, [("exp.sum(dim)", "2")]) == TEXT.replace("exp.sum(dim)", "2")


def test_edits_whose_places_overlap_are_both_made_where_they_change_other_words():
    whole = "(x - x.amax(dim)).exp()"
    found = edited(TEXT, [(whole, "(x.amax(dim) - x).exp()"), (f"exp = {whole}", f"y = {whole}")])
    assert found.startswith("y = (x.amax(dim) - x).exp()\n")


@pytest.mark.parametrize("other", ["exp.sum(0)", "exp.sum(1)"])
def test_edits_of_the_same_words_are_refused(other):
    with pytest.raises(ValueError, match="two edits change 'dim'"):
        edited(TEXT, [("exp.sum(dim)", "exp.sum(0)"), ("/ exp.sum(dim)", f"/ {other}")])


@pytest.mark.parametrize("of", milestones(), ids=lambda of: of.id)
def test_every_bug_is_planted_as_it_is_written(of):
    code = reference.code(of.package)
    for bug in bugs.catalogue(of):
        (text,) = (text for text in code.values() if bug.find in text)
        assert edited(text, [(bug.find, bug.replace)]) == text.replace(bug.find, bug.replace)
