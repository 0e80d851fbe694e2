"""What a red exercise's screen and report say besides the message of its test.

pytest tests/kata/test_telling.py
"""

import pytest

from tests.kata.learner import Finished, Room, once, run_pytest

pytestmark = pytest.mark.timeout(180)

FILES = [
    f"tests/m01_mlp/test_{exercise}.py"
    for exercise in ("relu", "softmax", "Linear", "MLPLanguageModel")
]


@pytest.fixture
def told(tmp_path_factory: pytest.TempPathFactory):
    """A run of these files on the reference with those bodies."""

    def run(name: str, **bodies: str) -> Finished:
        def judge(folder):
            room = Room.furnished(folder / "tree")
            for function, body in bodies.items():
                room.body(function, *body.splitlines())
            return run_pytest(*FILES, "--tree", str(room.folder))

        return once(name, tmp_path_factory, judge)

    return run


def said(ended: Finished, exercise: str, what: str) -> list:
    """What each failing test of the exercise says of that sort, where it says anything."""
    tests = ended.exercises[exercise]["tests"].values()
    return [test[what] for test in tests if test[what]]


UNSCALED = (
    "exp = (x - x.amax(dim, keepdim=True)).exp()\nreturn exp / exp.sum(dim, keepdim=True) * {}"
)


ROW_BY_ROW = """
rows = x.reshape(-1, x.size(-1))
out = x.new_zeros(len(rows), len(self.weight))
for i, row in enumerate(rows):
    out[i] = row @ self.weight + (0 if self.bias is None else self.bias)
return out.reshape(*x.shape[:-1], -1) if len(rows) else x.new_zeros(*x.shape[:-1], len(self.weight))
"""


def test_a_loop_that_passes_over_its_mistake_where_there_are_no_rows_is_named(told):
    ended = told("rows", **{"Linear.forward": ROW_BY_ROW.strip()})
    tests = ended.exercises["Linear"]["tests"]
    empty = next(test for id, test in tests.items() if "empty_batch" in id)
    assert empty["outcome"] == "passed"
    assert said(ended, "Linear", "diagnosis")[0] == ["m01/linear-without-transpose"]


def test_where_no_bug_is_found_the_numbers_are_observed(told):
    ended = told("twice", softmax=UNSCALED.format(2))
    assert said(ended, "softmax", "diagnosis") == said(ended, "softmax", "near") == []
    assert said(ended, "softmax", "observed")[0][0] == "Every number is 2 times the right one."
    assert "observed   Every number is 2 times the right one." in ended.output


def test_what_the_failing_tests_have_in_common_is_told(told):
    scale = "(2 if x.element_size() == 8 else 1)"
    ended = told("float64", softmax=UNSCALED.format(scale))
    (contrast,) = said(ended, "softmax", "contrast")
    assert contrast.startswith("All 3 failing tests")
    assert "use float64" in contrast
    assert f"contrast   {contrast[:40]}" in ended.output


def test_an_exercise_that_only_feels_an_earlier_ones_mistake_says_so(told):
    ended = told("follows", relu="return x.abs()")
    assert said(ended, "relu", "diagnosis")[0] == ["m01/relu-is-abs"]
    assert ended.states["MLPLanguageModel"] == "red"
    assert set(map(tuple, said(ended, "MLPLanguageModel", "follows"))) == {("relu",)}
    assert said(ended, "MLPLanguageModel", "diagnosis") == []


def test_a_mistake_of_its_own_is_told_beside_an_earlier_one(told):
    ended = told("both", **{
        "relu": "return x.abs()",
        "MLPLanguageModel.forward": "x = self.embedding(tokens.flip(1)).flatten(start_dim=1)\n"
        "return self.output(relu(self.hidden(x)))",
    })  # fmt: skip
    assert said(ended, "MLPLanguageModel", "follows") == []
    assert said(ended, "MLPLanguageModel", "diagnosis")[0] == ["m01/lm-reverses-the-window"]


def test_numbers_that_change_from_run_to_run_are_no_evidence_and_that_is_said(told):
    ended = told("random", relu="import random\nreturn random.random() * x")
    assert said(ended, "relu", "diagnosis") == []
    assert "When this test runs again it sees other numbers" in ended.output


def test_what_the_learners_code_prints_is_printed_once(told):
    ended = told("prints", relu="print('here I am')\nreturn x.abs()")
    assert ended.output.count("here I am") == 1
