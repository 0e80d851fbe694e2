"""What the learner reads of a failure: one test's own words, and what is known of the mistake."""

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kata.course import reference
from kata.course.bugs import find, nearly
from kata.course.curriculum import Milestone, milestones
from kata.course.verdict import ExerciseVerdict, TestVerdict
from kata.testing.links import linked, path


def add_failure(
    console: Console, rows: Table, milestone: Milestone, exercise: str, found: ExerciseVerdict
) -> None:
    """Print how many tests fail, and add to the rows what the first of them says."""
    failed = [
        (id, test) for id, test in found.tests.items() if test.outcome not in ("passed", "todo")
    ]
    named = [(id, test) for id, test in failed if test.diagnosis or test.near]
    id, first = (named or failed)[0]
    count = (
        f"{len(failed)} of {len(found.tests)} tests fail"
        if len(found.tests) > 1
        else "its test fails"
    )
    which = "The first" if id == failed[0][0] else "One of them"
    console.print(Text(f" {exercise}: {count}. {which}:", "bold"))
    _add_what_it_follows(rows, milestone, first.follows)
    rows.add_row("test", Text(claim(id), "italic"))
    for label, text in first.failure.lines() if first.failure else ():
        rows.add_row(label, linked(text))
    _add_what_is_told(console, rows, milestone, first, failed)
    rows.add_row("", "")
    rows.add_row("test file", path(console, id.partition("::")[0]))


def _add_what_it_follows(rows: Table, milestone: Milestone, parts: list[str]) -> None:
    """The parts whose mistake this test only feels: nothing else is worth reading before it."""
    for one in milestones():
        names = " and ".join(part for part in parts if part in one.exercises)
        if names and one == milestone:
            rows.add_row("because", f"{names} is red: with a right one this test passes.")
        elif names:
            rows.add_row(
                "because",
                f"The mistake is in your {names} of {one.id}: with a right one this test passes.",
            )
            bisect = f"nox -s bisect -- {milestone.id}"
            rows.add_row("", f"To see it: nox -s {one.id}. To try each milestone: {bisect}")


def _add_what_is_told(
    console: Console,
    rows: Table,
    milestone: Milestone,
    first: TestVerdict,
    failed: list[tuple[str, TestVerdict]],
) -> None:
    """The misconception where it is known; else what is true of the numbers and of the tests."""
    if not reference.exists():
        rows.add_row("diagnosis", "none: this edition is without solutions")
    if first.diagnosis:
        _add_diagnosis(console, rows, milestone, first.diagnosis)
    if first.near:
        _add_near(console, rows, milestone, first.near[0], failed)
    for label, text in zip(("observed", ""), first.observed, strict=False):
        rows.add_row(label, Text(text))
    if first.contrast:
        rows.add_row("contrast", Text(first.contrast))
    if first.cut and not (first.failure and first.failure.cause):
        rows.add_row("", Text("Time was up before all known mistakes had been tried.", "dim"))


def claim(id: str) -> str:
    """The name of a test as a sentence; what it was given stands as it is, in brackets."""
    name, bracket, given = id.partition("::")[2].partition("[")
    sentence = name.removeprefix("test_").replace("_", " ")
    return f"{sentence} {bracket}{given}".strip()


def _add_diagnosis(
    console: Console, rows: Table, milestone: Milestone, diagnosis: list[str]
) -> None:
    """Each bug's sentence and its place in the lesson; a pair is two sentences."""
    said = {tuple(find(bug).says for bug in ids.split("+")): ids for ids in diagnosis[::-1]}
    diagnosis = list(said.values())[::-1]  # two bugs of one sentence are one mistake
    rows.add_row("", "")
    label = "diagnosis" if len(diagnosis) == 1 else "one of"
    for ids in diagnosis:
        for bug in ids.split("+"):
            _add_bug(console, rows, milestone, label, bug, find(bug).says)
            label = "" if len(diagnosis) > 1 else "and"
    pair = len(diagnosis) == 1 and "+" in diagnosis[0]
    subject = "These two together give" if pair else "This mistake gives"
    subject = "Each of them gives" if len(diagnosis) > 1 else subject
    rows.add_row("", Text(f"{subject} exactly what your code gives.", "dim"))


def _add_near(
    console: Console,
    rows: Table,
    milestone: Milestone,
    bugs: str,
    failed: list[tuple[str, TestVerdict]],
) -> None:
    """The bug that gives this test's numbers, and in how many tests; then that of other tests."""
    rows.add_row("", "")
    counts = Counter(near for _, test in failed for near in test.near)
    for ids in (bugs, *(other for other in counts if other != bugs)):
        label = "diagnosis" if ids == bugs else "and"
        for id, sentence in zip(ids.split("+"), nearly(ids), strict=True):
            _add_bug(console, rows, milestone, label, id, sentence)
            label = "and"
        subject = "These two together give" if "+" in ids else "This mistake gives"
        share = f"{counts[ids]} of {len(failed)} failing tests"
        rows.add_row("", Text(f"{subject} exactly your numbers in {share}.", "dim"))
    if left := [id for id, test in failed if not test.near]:
        more = f", and {len(left) - 1} more" if len(left) > 1 else ""
        rows.add_row("", Text(f'Not explained: "{claim(left[0])}"{more}.', "dim"))


def _add_bug(
    console: Console, rows: Table, milestone: Milestone, label: str, id: str, sentence: str
) -> None:
    rows.add_row(Text(label, "bold yellow"), Text(sentence, "yellow"))
    rows.add_row("", path(console, milestone.lesson(find(id).lesson), "dim"))
