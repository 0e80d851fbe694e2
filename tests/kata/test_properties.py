"""Examples drawn before are those that hypothesis draws, and a run on them says the same.

pytest tests/kata/test_properties.py
"""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kata.curriculum import ROOT
from kata.properties import drawn_before, examples

RUN = """
import sys
import pytest
from kata import replay
from kata.curriculum import milestone
of, exercise = milestone("m03"), "split_heads"
if {drawn}:
    replay.draw_examples(of, exercise)
sys.exit(pytest.main(["-q", "--tree={tree}", r"--report={report}", str(of.test_file(exercise))]))
"""


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


@pytest.mark.parametrize("tree", ["solutions", "bug:m03/split-heads-not-moved"])
def test_a_verdict_is_the_same_on_them(tree, tmp_path):
    verdicts = []
    for drawn in (False, True):
        report = tmp_path / f"{drawn}.json"
        code = RUN.format(drawn=drawn, tree=tree, report=report)
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=100)
        verdicts.append(json.loads(report.read_text("utf-8"))["milestones"])
    assert verdicts[0] == verdicts[1]
