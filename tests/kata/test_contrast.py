"""What failing tests have in common is true of them, and of no test that passes.

pytest tests/kata/test_contrast.py
"""

from pathlib import Path

import pytest

from kata.course.curriculum import milestone
from kata.diagnosis import contrast
from kata.diagnosis.matrix import collect
from kata.diagnosis.replay import Case
from kata.diagnosis.tags import tags


def case(name, **params):
    id = f"test_x.py::{name}" + (f"[{'-'.join(map(str, params.values()))}]" if params else "")
    return Case(id, Path("test_x.py"), name, params)


ONE, TWO, THREE, FOUR, FIVE, SIX, SEVEN = (case(f"test_{n}") for n in range(7))
TAGS = {
    **{ONE: {"give `mask`", "use float64"}, TWO: {"give `mask`"}, THREE: {"use float64"}},
    **{FOUR: set(), FIVE: set(), SIX: {"give `x` with 1 axis"}, SEVEN: {"give `x` with 2 axes"}},
}


@pytest.mark.parametrize(
    ("failing", "passing", "said"),
    [
        (
            [ONE, TWO],
            [THREE, FOUR],
            "All 2 failing tests give `mask`; none of the 2 that pass does.",
        ),
        (
            [SIX, SIX],
            [SEVEN, SEVEN],
            "All 2 failing tests give `x` with 1 axis; none of the 2 that pass does.",
        ),
        ([SIX, SIX], [SEVEN, FOUR], ""),  # one gives no x
        ([ONE, FOUR], [THREE, FIVE], ""),  # nothing is shared
        ([TWO, THREE], [ONE, FOUR], ""),
        ([ONE], [FOUR, FIVE], ""),  # too few
        ([ONE, TWO], [FOUR], ""),
    ],
)
def test_a_phrase_is_said_that_all_failing_tests_share_and_no_other_has(failing, passing, said):
    assert contrast.of_tests(failing, passing, TAGS) == said


def test_the_cases_of_a_parametrized_test_are_told_apart():
    cases = [case("test_axis", dim=dim) for dim in (0, 1, 2)]
    said = contrast.of_cases(cases[0], cases[:2], [cases[2], ONE])
    assert said == "With dim = 2 this test passes; with dim = 0 and 1 it fails."
    assert contrast.of_cases(cases[0], cases, [ONE]) == ""
    assert contrast.of_cases(ONE, [ONE], cases) == ""


@pytest.mark.parametrize(
    ("fails", "said"),
    [
        (lambda rows, words: rows > 2, "It holds where `rows` is at most 2, and fails from 3 on."),
        (
            lambda rows, words: len(words) < 2,
            "It holds where the length of `words` is at least 2, and fails up to 1.",
        ),
        (lambda rows, words: rows % 2, ""),
        (lambda rows, words: rows == 0, ""),
    ],
    ids=["a number", "a length", "no size", "too few"],
)
def test_the_size_is_told_from_which_on_a_property_fails(fails, said):
    examples = [
        ({"rows": rows, "words": [""] * length}, not fails(rows, [""] * length))
        for rows in range(5)
        for length in range(4)
        if (rows, length) not in [(0, 0), (0, 1), (0, 2)]
    ]
    assert contrast.of_examples(examples, {"rows", "words"}) == said
    assert contrast.of_examples(examples, set()) == ""


def tags_of(exercise, words):
    of = next(m for m in map(milestone, ("m03", "m04", "m07")) if exercise in m.exercises)
    tests = [test for test in collect(of.test_file(exercise)) if words in test.id]
    return tags(of, exercise, tests)[tests[0]]


ATTENTION = "scaled_dot_product_attention"


@pytest.mark.parametrize(
    ("exercise", "test", "phrase"),
    [
        (ATTENTION, "may_not_be_seen", "give `mask`"),
        (ATTENTION, "agrees_with_pytorch", "leave `mask` at its default"),
        (ATTENTION, "may_see_nothing_gets", "hide a whole row in `mask`"),
        (ATTENTION, "large_scores", "give numbers above 50 in `q`"),
        (ATTENTION, "in_memory", "give `q` in another order in memory"),
        (ATTENTION, "its_gradients", "ask for a gradient"),
        ("MultiHeadAttention", "context", "give `context`"),
        ("Dropout", "eval", "run in eval mode"),
    ],
)
def test_what_a_test_gives_is_put_in_words(exercise, test, phrase):
    assert phrase in tags_of(exercise, test)
