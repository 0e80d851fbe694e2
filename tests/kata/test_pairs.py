"""Two mistakes in one exercise are named where together, and only together, they explain all.

pytest tests/kata/test_pairs.py
"""

import pytest

from kata import diagnose
from kata.curriculum import milestone
from kata.evidence import Evidence
from kata.matrix import collect
from kata.replay import earlier, replay

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


@pytest.fixture(scope="module")
def cases():
    return collect(OF.test_file(EXERCISE))


@pytest.fixture
def in_no_hurry(monkeypatch):
    monkeypatch.setattr(diagnose, "SECONDS", 20)


def learners(cases, *bugs):
    return replay(f"bug:{'+'.join(bugs)}", cases, earlier(OF))


def diagnosis(cases, outcomes):
    return diagnose.diagnose(OF, EXERCISE, (), cases, outcomes)


@pytest.mark.parametrize("bugs", WAYS.values(), ids=WAYS)
@pytest.mark.usefixtures("in_no_hurry")
def test_both_are_named_where(bugs, cases):
    assert diagnosis(cases, learners(cases, *bugs)) == ["+".join(bugs)]


def test_when_time_is_up_none_is_looked_for(cases, monkeypatch):
    monkeypatch.setattr(diagnose, "SECONDS", -1)
    assert diagnosis(cases, learners(cases, *WAYS["the first failing test tells one"])) == []


@pytest.mark.usefixtures("in_no_hurry")
def test_a_single_one_that_explains_all_is_named_alone(cases):
    assert diagnosis(cases, learners(cases, "m01/softmax-base-two")) == ["m01/softmax-base-two"]


def test_harmless_is_what_turns_no_green_test_red(cases):
    evidence = Evidence(cases, learners(cases, "m01/softmax-ignores-dim"))
    assert evidence.passing
    assert evidence.is_harmless("m01/softmax-ignores-dim")
    assert not evidence.is_harmless("m01/softmax-base-two")


def test_with_other_numbers_a_failing_test_is_noticed_and_not_reproduced(cases):
    evidence = Evidence(cases, learners(cases, "m01/softmax-base-two"))
    first = evidence.failing[0]
    assert evidence.noticed_by("m01/softmax-epsilon", first)
    assert not evidence.reproduced_by("m01/softmax-epsilon", first)
    assert evidence.reproduced_by("m01/softmax-base-two", first)
