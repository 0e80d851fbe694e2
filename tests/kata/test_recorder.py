"""The learner's tests and the bugs' are recorded in one way, so a bug run as a learner's is itself.

pytest tests/kata/test_recorder.py
"""

import random

import pytest

from kata.course import bugs
from kata.course.curriculum import exercise_of, milestone, milestones
from kata.diagnosis.evidence import Evidence
from kata.diagnosis.matrix import collect
from kata.diagnosis.replay import Replay, earlier
from kata.testing.seen import Check
from tests.kata.proofs import report_of

DRAWN = [  # one of each exercise's
    random.Random(exercise).choice(bugs.ids(of, exercise))
    for of in milestones()
    for exercise in of.exercises
]
HARD = [  # what once made the learner's record and the bug's differ
    "m05/too-long-unnoticed",  # its exception rises in an earlier milestone
    "m06/beam-of-logits",  # the test keeps its model for all cases
    "m03/heads-keys-from-x",  # messages of beartype hold an address
    "m04/block-mask-as-context",
    "m06/cache-keys-forgotten",
]


@pytest.mark.parametrize("bug", dict.fromkeys(DRAWN + HARD))
@pytest.mark.timeout(120)
def test_a_bug_that_runs_as_a_learners_code_is_diagnosed_as_itself(bug, tmp_path):
    of = milestone(bug.partition("/")[0])
    exercise = bugs.find(bug).exercise
    tests = report_of(of, f"bug:{bug}", tmp_path, exercise)[exercise]["tests"]
    named = {name for test in tests.values() for name in test["diagnosis"]}
    assert bugs.find(bug).says in {bugs.find(name).says for name in named}


def evidence(exercise, edit):
    """What m01's tests of the exercise see, once the reference is edited."""
    of = milestone("m01")
    tree = str(bugs.planted(of.package, bugs.reference.code(of.package), [bugs.Bug("", *edit)]))
    cases = [case for case in collect(of.tests) if exercise_of(case.file) == (of, exercise)]
    learners = Replay(tree, imported=earlier(of))
    failed = [case for case in cases if not learners.passes(case)]
    return Evidence(failed, [case for case in cases if case not in failed], learners)


RELU = "return x.clamp(min=0)"


def test_a_check_that_refuses_does_not_end_the_test():
    found = evidence("MLP", ("gelu(self.up(x))", "self.up(x)"))
    several = [wrong for test in found.failing for wrong in found.wrong[test]]
    assert len(several) > len(found.failing)


def test_what_differs_between_two_runs_is_no_evidence():
    noise = "import random; return random.random() * x"
    found = evidence("relu", (RELU, noise))
    assert found.failing == []
    assert found.unsteady


def test_a_value_is_known_by_the_line_that_checked_it_and_how_often_it_had():
    found = evidence("relu", (RELU, "return x.abs()"))
    checks = [wrong.check for wrong in found.wrong[found.failing[0]]]
    assert all(isinstance(check, Check) for check in checks)
    assert len(set(checks)) == len(checks)


def test_an_exit_in_the_learners_code_ends_only_its_test():
    found = evidence("relu", (RELU, "raise SystemExit(0)"))
    kinds = {wrong.value.value.kind for test in found.failing for wrong in found.wrong[test]}
    assert kinds == {"SystemExit"}
