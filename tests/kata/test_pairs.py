"""Two mistakes in one exercise are named where together, and only together, they explain all.

pytest tests/kata/test_pairs.py
"""

import pytest

from kata.course import bugs
from kata.course.curriculum import milestone
from kata.diagnosis import diagnose
from kata.diagnosis.evidence import Evidence
from kata.diagnosis.matrix import collect
from kata.diagnosis.replay import Replay, earlier

OF, EXERCISE = milestone("m01"), "softmax"
WAYS = {
    "the first failing test tells one": (
        "m01/softmax-always-first-axis",
        "m01/softmax-divides-by-the-maximum",
    ),
    "both have a part in the first failing test": (
        "m01/softmax-base-two",
        "m01/softmax-epsilon",
    ),
    "one is felt in the first failing test only beside the other": (
        "m01/softmax-epsilon",
        "m01/softmax-overflows",
    ),
}


BUGS = bugs.ids(OF, EXERCISE)


@pytest.fixture(scope="module")
def cases():
    return collect(OF.test_file(EXERCISE))


@pytest.fixture
def in_no_hurry(monkeypatch):
    monkeypatch.setattr(diagnose, "SECONDS", 20)


def evidence(cases, *ids):
    learners = Replay(f"bug:{'+'.join(ids)}", imported=earlier(OF))
    failed = [case for case in cases if not learners.passes(case)]
    return Evidence(failed, [case for case in cases if case not in failed], learners)


def exact(cases, *ids):
    return diagnose.diagnose(BUGS, evidence(cases, *ids)).exact


@pytest.mark.parametrize("ids", WAYS.values(), ids=WAYS)
@pytest.mark.usefixtures("in_no_hurry")
def test_both_are_named_where(ids, cases):
    assert exact(cases, *ids) == ["+".join(ids)]


def test_when_time_is_up_none_is_looked_for_and_that_is_told(cases, monkeypatch):
    monkeypatch.setattr(diagnose, "SECONDS", -1)
    both = WAYS["the first failing test tells one"]
    assert diagnose.diagnose(BUGS, evidence(cases, *both)) == diagnose.Diagnosis(cut=True)


@pytest.mark.usefixtures("in_no_hurry")
def test_a_single_one_that_explains_all_is_named_alone(cases):
    assert exact(cases, "m01/softmax-base-two") == ["m01/softmax-base-two"]


def test_harmless_is_what_turns_no_green_test_red(cases):
    found = evidence(cases, "m01/softmax-ignores-dim")
    assert found.passing
    assert found.is_harmless("m01/softmax-ignores-dim")
    assert not found.is_harmless("m01/softmax-base-two")


def test_with_other_numbers_a_failing_test_fails_and_is_not_explained(cases):
    found = evidence(cases, "m01/softmax-base-two")
    first = found.failing[0]
    assert found.fails("m01/softmax-epsilon", first)
    assert not found.explains("m01/softmax-epsilon", first)
    assert found.explains("m01/softmax-base-two", first)
