"""Examples drawn before are those that hypothesis draws, and a run on them says the same.

pytest tests/kata/test_properties.py
"""

import json
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kata.paths import ROOT
from kata.testing.properties import drawn_before, examples
from tests.kata.learner import python

RUN = """
import sys
import pytest
from kata.diagnosis import replay
from kata.testing import properties
from kata.course.curriculum import milestone
of, exercise = milestone("m03"), "split_heads"
{before}
sys.exit(pytest.main(["-q", "--tree={tree}", r"--report={report}", str(of.test_file(exercise))]))
"""
DRAW = "replay.draw_examples(of, exercise)"
FORGET = "[drawn.clear() for drawn in properties._drawn.values()]"
BROKEN = "bug:m03/split-heads-not-moved"


def property_of(seen, largest=100):
    """A property that notes its examples, and fails above the largest."""

    @settings(derandomize=True, database=None, max_examples=20)
    @given(number=st.integers(0, 100), word=st.text(max_size=3))
    def test(number, word):
        seen.append((number, word))
        assert number <= largest

    return test


def run_drawn(test):
    item = SimpleNamespace(obj=test)
    with drawn_before(item):
        item.obj()
    assert item.obj is test


def test_it_runs_on_what_hypothesis_draws():
    hypothesis_s, drawn = [], []
    property_of(hypothesis_s)()
    test = property_of(drawn)
    found = [(one["number"], one["word"]) for one in examples(test)]
    run_drawn(test)
    assert drawn == found == hypothesis_s


def test_where_one_fails_hypothesis_finds_the_simplest():
    seen = []
    test = property_of(seen, largest=41)
    examples(test)
    with pytest.raises(AssertionError) as error:
        run_drawn(test)
    assert seen[-1] == (42, "")
    assert error.value.__context__ is None


def test_what_was_never_drawn_is_left_to_hypothesis():
    seen = []
    test = property_of(seen)
    test.hypothesis.inner_test.__qualname__ = "another"
    run_drawn(test)
    assert len(seen) == 20


def verdict(tree, folder, *before):
    """Each test's outcome and message, after these lines of Python."""
    report = folder / "report.json"
    code = RUN.format(before="\n".join(before), tree=tree, report=report)
    python(ROOT, "-c", code)
    exercises = json.loads(report.read_text("utf-8"))["milestones"]["m03"]["exercises"]
    return exercises["split_heads"]["tests"]


@pytest.mark.parametrize("tree", ["solutions", BROKEN])
def test_a_verdict_is_the_same_on_them(tree, tmp_path):
    assert verdict(tree, tmp_path, DRAW) == verdict(tree, tmp_path)


def test_pytest_runs_on_them_and_on_nothing_else(tmp_path):
    name = "test_agrees_with_slices_on_any_leading_axes"
    found = verdict(BROKEN, tmp_path, DRAW, FORGET)
    assert [test["outcome"] for id, test in found.items() if id.endswith(name)] == ["passed"]
