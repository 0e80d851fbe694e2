"""The three proofs: every test passes on the solutions, fails on the stubs, and kills a bug.

pytest tests/kata/test_proofs.py -s prints the counts.
"""

import pytest

from kata.course import stubs
from kata.course.curriculum import milestones
from kata.diagnosis.matrix import idle, kills, survivors
from tests.kata.proofs import outcomes, report_of

EACH = pytest.mark.parametrize("milestone", milestones(), ids=lambda m: m.id)
EXERCISES = [
    pytest.param(m, exercise, id=f"{m.id}-{exercise}")
    for m in milestones()
    for exercise in m.exercises
]


@EACH
def test_every_exercise_has_tests_and_every_test_file_an_exercise(milestone):
    files = {file.name for file in milestone.tests.glob("test_*.py")}
    assert files == {milestone.test_file(exercise).name for exercise in milestone.exercises}


@EACH
@pytest.mark.timeout(120)
def test_every_test_passes_on_the_solutions(milestone, tmp_path, proof):
    exercises = report_of(milestone, "solutions", tmp_path)
    assert list(exercises) == list(milestone.exercises)
    found = outcomes(exercises)
    assert {id for id, outcome in found.items() if outcome != "passed"} == set()
    proof(f"{milestone.id}: {len(found)} tests pass on the solutions")


@EACH
@pytest.mark.timeout(120)
def test_every_test_fails_on_the_stubs(milestone, tmp_path, proof):
    stubs.write(tmp_path / "stubs")
    exercises = report_of(milestone, tmp_path / "stubs", tmp_path)
    assert list(exercises) == list(milestone.exercises)
    found = outcomes(exercises)
    assert {id for id, outcome in found.items() if outcome != "todo"} == set()
    proof(f"{milestone.id}: {len(found)} tests are todo on the stubs")


@pytest.mark.parametrize(("milestone", "exercise"), EXERCISES)
@pytest.mark.timeout(600)
def test_every_bug_is_killed_and_every_test_kills_one(milestone, exercise, proof):
    matrix = kills(milestone, exercise, whole=False)
    assert matrix, "an exercise without seeded bugs proves nothing"
    assert survivors(matrix) == []
    assert idle(matrix) == []
    tests = len({id for row in matrix.values() for id in row})
    proof(f"{milestone.id}/{exercise}: {len(matrix)} bugs killed by {tests} tests")
