"""The verdict on a run: todo, red or green for each exercise, and the report as JSON."""

import ast
import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from kata.course.bugs import find, nearly
from kata.course.curriculum import Milestone, milestones
from kata.files import write_atomically

VERSION = 1


@dataclass
class Failure:
    """One failed test. `trace` is the way through milestone code to what was raised, if it was."""

    problem: str = ""
    called: str = ""
    arguments: list[str] = field(default_factory=list)
    compared: str = ""  # where it is not what the call gave back
    expected: str = ""
    got: str = ""
    detail: str = ""
    hint: str = ""
    trace: list[str] = field(default_factory=list)
    cause: str = ""  # of an exception: what it means, and what to do
    printed: str = ""  # what the learner's code printed: the last lines
    waits_for: str = ""  # another part, whose stub raised

    def lines(self) -> list[tuple[str, str]]:
        """Label and text of each thing to show, in the order to read them."""
        rows = [
            ("error", self.problem),
            ("called", "\n".join([self.called, *self.arguments]) if self.called else ""),
            ("compared", self.compared),
            ("expected", self.expected),
            ("got", self.got),
            ("", self.detail),
            ("at", "\n".join(self.trace)),
            ("cause", self.cause),
            ("note", self.hint),
            ("printed", self.printed),
        ]
        return [(label, text) for label, text in rows if text]

    def message(self) -> str:
        """The same in plain text; a problem stands first and needs no label."""
        return "\n".join(
            text if label == "error" else f"{label:>8}  {text}".replace("\n", "\n" + 10 * " ")
            for label, text in self.lines()
        )


@dataclass
class TestVerdict:
    outcome: str  # passed, failed, todo, skipped or missing
    failure: Failure | None = None
    diagnosis: list[str] = field(default_factory=list)  # bugs that explain all, a pair as "a+b"
    near: list[str] = field(default_factory=list)  # that explain this test, and most others
    observed: list[str] = field(default_factory=list)  # what is true of the wrong numbers
    contrast: str = ""  # what failing tests have in common
    cut: bool = False  # time was up before all mistakes, or pairs of them, had been tried
    follows: list[str] = field(default_factory=list)  # earlier exercises, whose mistake this feels

    def message(self) -> str:
        """The failure in plain text, the diagnosis last."""
        said = [bug.says for ids in self.diagnosis for bug in map(find, ids.split("+"))]
        said += [sentence for ids in self.near for sentence in nearly(ids)]
        first = self.failure.message() if self.failure else self.outcome
        return "\n".join(dict.fromkeys([first, *said]))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, said: dict[str, Any]) -> "TestVerdict":
        verdict = cls(**said)
        verdict.failure = Failure(**said["failure"]) if said["failure"] else None
        return verdict


@dataclass
class ExerciseVerdict:
    tests: dict[str, TestVerdict] = field(default_factory=dict)

    @property
    def state(self) -> str:
        outcomes = {test.outcome for test in self.tests.values()}
        if outcomes == {"passed"}:
            return "green"
        return "todo" if outcomes <= {"passed", "todo"} else "red"

    def first(self, outcome: str) -> TestVerdict | None:
        return next((test for test in self.tests.values() if test.outcome == outcome), None)


Verdict = dict[str, dict[str, ExerciseVerdict]]  # milestone id -> exercise -> verdict
States = dict[str, dict[str, str]]  # milestone id -> exercise -> todo, red or green


def states_of(verdict: Verdict) -> States:
    """Every exercise's state, for the milestones of the verdict; todo where it did not run."""
    return {
        m.id: {e: verdict[m.id][e].state if e in verdict[m.id] else "todo" for e in m.exercises}
        for m in milestones()
        if m.id in verdict
    }


def state_of(exercises: dict[str, str]) -> str:
    """The state of a milestone whose exercises have these states."""
    states = set(exercises.values())
    if states == {"green"}:
        return "green"
    return "red" if "red" in states else "todo"


def add_missing(verdict: Verdict, milestone: Milestone) -> None:
    """Mark every test of the milestone that did not run: nothing passes by being absent."""
    exercises = verdict.setdefault(milestone.id, {})
    for exercise in milestone.exercises:
        file = milestone.test_file(exercise)
        ran = exercises.setdefault(exercise, ExerciseVerdict()).tests
        names = {id.partition("::")[2].partition("[")[0] for id in ran}
        for name in sorted(_test_names(file) - names) or ([] if ran else ["test_"]):
            id = f"tests/{milestone.package}/{file.name}::{name}"
            ran[id] = TestVerdict("missing", Failure(problem=f"{id} was not collected."))


def report(verdict: Verdict, tree: str) -> dict[str, Any]:
    """The verdict in the report's format, version 1."""
    return {
        "version": VERSION,
        "tree": tree,
        "milestones": {
            id: {
                "state": state_of(states),
                "exercises": {
                    exercise: {"state": found.state, "tests": _tests(found)}
                    for exercise, found in verdict[id].items()
                },
            }
            for id, states in states_of(verdict).items()
        },
    }


def write_report(path: Path, verdict: Verdict, tree: str) -> None:
    write_atomically(path, json.dumps(report(verdict, tree), indent=1) + "\n")


def _tests(exercise: ExerciseVerdict) -> dict[str, Any]:
    return {
        id: {
            "outcome": test.outcome,
            "message": test.failure.message() if test.failure else "",
            "cause": test.failure.cause if test.failure else "",
            "diagnosis": test.diagnosis,
            "near": test.near,
            "observed": test.observed,
            "contrast": test.contrast,
            "follows": test.follows,
        }
        for id, test in exercise.tests.items()
    }


def _test_names(file: Path) -> set[str]:
    if not file.exists():
        return set()
    body = ast.parse(file.read_text("utf-8")).body
    return {n.name for n in body if isinstance(n, ast.FunctionDef) and n.name.startswith("test_")}
