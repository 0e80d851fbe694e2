"""The report says what was seen, and nothing passes by being absent.

pytest tests/kata/test_report.py
"""

import json
import shutil
from pathlib import Path

import pytest

from kata.course import verdict
from kata.course.curriculum import milestones
from kata.course.verdict import ExerciseVerdict, report, state_of, write_report
from kata.paths import ROOT
from tests.kata.learner import Finished, Room, once, run_pytest

pytestmark = pytest.mark.timeout(180)

TESTS = "tests/m01_mlp"


# The format


@pytest.fixture
def abs_bug(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """relu with a misconception, and gelu without."""
    files = (f"{TESTS}/test_relu.py", f"{TESTS}/test_gelu.py")
    return once(
        "abs", tmp_path_factory, lambda _: run_pytest(*files, "--tree", "bug:m01/relu-is-abs")
    )


def test_the_report_has_version_tree_and_milestones(abs_bug: Finished) -> None:
    assert abs_bug.report is not None
    assert list(abs_bug.report) == ["version", "tree", "milestones"]
    assert abs_bug.report["version"] == 1
    assert abs_bug.report["tree"] == "bug:m01/relu-is-abs"
    assert list(abs_bug.report["milestones"]) == ["m01"]
    assert list(abs_bug.report["milestones"]["m01"]) == ["state", "exercises"]
    assert abs_bug.report["milestones"]["m01"]["state"] == "red"
    assert abs_bug.states == {"relu": "red", "gelu": "green"}


def test_every_test_has_outcome_message_cause_and_diagnosis(abs_bug: Finished) -> None:
    for found in abs_bug.exercises.values():
        assert list(found) == ["state", "tests"]
        for test in found["tests"].values():
            assert list(test) == [
                *("outcome", "message", "cause", "diagnosis", "near"),
                *("observed", "contrast", "follows"),
            ]
            assert test["outcome"] in ("passed", "failed")


def test_a_test_is_named_as_pytest_names_it(abs_bug: Finished) -> None:
    first = next(iter(abs_bug.exercises["relu"]["tests"]))
    assert (
        first == f"{TESTS}/test_relu.py::test_negative_numbers_become_zero_and_positive_ones_pass"
    )


def test_what_passed_has_nothing_to_say(abs_bug: Finished) -> None:
    for test in abs_bug.exercises["gelu"]["tests"].values():
        said = {name: value for name, value in test.items() if value}
        assert said == {"outcome": "passed"}


def test_what_failed_has_a_message_and_the_misconception(abs_bug: Finished) -> None:
    tests = abs_bug.exercises["relu"]["tests"].values()
    for test in (test for test in tests if test["outcome"] == "failed"):
        assert "called  relu(x)" in test["message"]
        assert test["diagnosis"] == ["m01/relu-is-abs"]


def test_the_report_is_for_people_too(tmp_path: Path) -> None:
    write_report(tmp_path / "report.json", {}, "Bäume")
    text = (tmp_path / "report.json").read_text("utf-8")
    assert text.endswith("}\n")
    assert json.loads(text) == {"version": 1, "tree": "Bäume", "milestones": {}}


def test_a_folder_for_the_report_is_made(tmp_path: Path) -> None:
    write_report(tmp_path / "a/b/report.json", {}, "milestones")
    assert (tmp_path / "a/b/report.json").exists()


# States


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        (["passed", "passed"], "green"),
        (["passed", "todo"], "todo"),
        (["todo", "failed"], "red"),
        (["passed", "failed"], "red"),
        (["passed", "skipped"], "red"),
        (["passed", "missing"], "red"),
        (["todo", "skipped"], "red"),
        ([], "todo"),
    ],
)
def test_the_state_of_an_exercise_is_that_of_its_tests(outcomes: list[str], state: str) -> None:
    tests = {f"t{i}": verdict.TestVerdict(outcome) for i, outcome in enumerate(outcomes)}
    assert ExerciseVerdict(tests).state == state


@pytest.mark.parametrize(
    ("states", "state"),
    [
        (["green", "green"], "green"),
        (["green", "todo"], "todo"),
        (["green", "todo", "red"], "red"),
        (["todo"], "todo"),
        ([], "todo"),
    ],
)
def test_the_state_of_a_milestone_is_that_of_its_exercises(states: list[str], state: str) -> None:
    assert state_of({f"e{i}": found for i, found in enumerate(states)}) == state


def test_a_milestone_is_not_green_while_an_exercise_did_not_run() -> None:
    m = milestones()[0]
    some = {m.exercises[0]: ExerciseVerdict({"t": verdict.TestVerdict("passed")})}
    assert report({m.id: some}, "x")["milestones"][m.id]["state"] == "todo"


# Nothing passes by being absent


def copied(folder: Path) -> Path:
    """A repository of one's own, to break its tests."""
    skip = shutil.ignore_patterns(".*", "__pycache__", "runs", "docs", "benchmarks")
    shutil.copytree(ROOT, folder / "clone", ignore=skip)
    return folder / "clone"


def edit(file: Path, find: str, replace: str) -> None:
    text = file.read_text("utf-8")
    assert find in text
    file.write_text(text.replace(find, replace, 1), "utf-8")


CONFTEST = """
def pytest_collection_modifyitems(items):
    items[:] = [item for item in items if "without_bias" not in item.name]
"""


FIXTURE = """import pytest
@pytest.fixture(autouse=True)
def broken():
    1 / 0


"""


@pytest.fixture
def tampered(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """Right code, and tests that are missing, skipped, hidden or broken."""

    def tamper(folder: Path) -> Finished:
        clone = copied(folder)
        tests = clone / TESTS
        (tests / "test_relu.py").unlink()
        (tests / "conftest.py").write_text(CONFTEST, "utf-8")
        mark = "import pytest\n\n\n@pytest.mark.{}\ndef test_three"
        edit(tests / "test_gelu.py", "def test_three", mark.format("skip(reason='later')"))
        edit(
            tests / "test_softmax.py",
            "\nimport math",
            "\nimport math, pytest\npytest.skip('no', allow_module_level=True)",
        )
        with (tests / "test_cross_entropy.py").open("a", encoding="utf-8") as file:
            file.write("\n\ntest_leaves_its_arguments_alone.__test__ = False\n")
        edit(
            tests / "test_Embedding.py",
            "def test_each",
            "@pytest.mark.xfail(run=False)\ndef test_each",
        )
        edit(
            tests / "test_MLPLanguageModel.py", "def test_the_order", FIXTURE + "def test_the_order"
        )
        return run_pytest(TESTS, "--tree", "solutions", "-p", "tests.kata.undiagnosed", cwd=clone)

    return once("tampered", tmp_path_factory, tamper)


def test_only_what_is_whole_is_green(tampered: Finished) -> None:
    assert tampered.with_state("green") == {"MLP"}
    assert len(tampered.with_state("red")) == 7
    assert tampered.code == 1


def test_a_file_that_is_missing_is_red(tampered: Finished) -> None:
    ((id, test),) = tampered.exercises["relu"]["tests"].items()
    assert id.startswith(f"{TESTS}/test_relu.py::")
    assert test["outcome"] == "missing"
    assert "was not collected" in test["message"]


def test_a_file_that_skips_itself_is_red(tampered: Finished) -> None:
    tests = tampered.exercises["softmax"]["tests"].values()
    assert {test["outcome"] for test in tests} == {"missing"}
    written = (ROOT / TESTS / "test_softmax.py").read_text("utf-8").count("\ndef test_")
    assert len(tests) == written


def test_a_skipped_test_is_a_failure_that_says_why(tampered: Finished) -> None:
    test = tampered.exercises["gelu"]["tests"][
        f"{TESTS}/test_gelu.py::test_three_values_worked_by_hand"
    ]
    assert test["outcome"] == "skipped"
    assert "later" in test["message"]


def test_an_expected_failure_is_a_failure(tampered: Finished) -> None:
    tests = tampered.exercises["Embedding"]["tests"]
    assert tests[f"{TESTS}/test_Embedding.py::test_each_token_gets_its_row"]["outcome"] == "skipped"


@pytest.mark.parametrize(
    ("exercise", "name"),
    [
        ("cross_entropy", "test_leaves_its_arguments_alone"),
        ("Linear", "test_without_bias_there_is_no_bias"),
    ],
)
def test_a_test_that_is_kept_from_running_is_named(
    tampered: Finished, exercise: str, name: str
) -> None:
    (message,) = tampered.messages(exercise)
    assert message.strip() == f"{TESTS}/test_{exercise}.py::{name} was not collected."


def test_a_test_that_breaks_before_it_starts_has_failed(tampered: Finished) -> None:
    assert tampered.problems("MLPLanguageModel") == {"ZeroDivisionError: division by zero"}
    tests = tampered.exercises["MLPLanguageModel"]["tests"].values()
    assert {test["outcome"] for test in tests} == {"failed"}


def test_the_screen_shows_a_missing_test(tampered: Finished) -> None:
    assert "was not collected" in tampered.output
    assert "✗ relu" in tampered.output
    assert "Traceback" not in tampered.output + tampered.errors


@pytest.fixture
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """gelu is wrong, and one test of it is all that is asked for."""

    def ask(folder: Path) -> Finished:
        room = Room.furnished(folder / "tree")
        room.body("gelu", "return x")
        return room.run("-k", "worked_by_hand and (relu or gelu)")

    return once("narrow", tmp_path_factory, ask)


def test_what_was_not_asked_for_is_not_missing(narrow: Finished) -> None:
    assert narrow.states == {"gelu": "red"}
    assert (narrow.code, len(narrow.messages("gelu"))) == (1, 1)


def test_the_failure_of_what_was_asked_for_is_shown(narrow: Finished) -> None:
    assert "gelu: its test fails. The first:" in narrow.output
    assert "Next: write" not in narrow.output


def test_a_crash_leaves_no_older_report_behind(tmp_path: Path) -> None:
    room = Room.furnished(tmp_path / "tree")
    room.body("relu", "__import__('os')._exit(0)")
    old = tmp_path / "report.json"
    write_report(old, {}, "the last submission")
    run_pytest(f"{TESTS}/test_relu.py", f"--tree={room.folder}", f"--report={old}", report=False)
    assert not old.exists() or "the last submission" not in old.read_text("utf-8")


def test_a_test_file_that_cannot_be_read_is_no_success(tmp_path: Path) -> None:
    clone = copied(tmp_path)
    edit(clone / TESTS / "test_relu.py", "def test_negative", "def test_negative(:\ndef test_b")
    ended = run_pytest(TESTS, "--tree", "solutions", cwd=clone)
    assert ended.code not in (0, 5)
    assert "test_relu.py" in ended.output
    assert ended.report["milestones"].get("m01", {}).get("state") != "green"
