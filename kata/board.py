"""The board, and exactly one failure: what the learner sees after every run."""

import io
import sys
from collections import Counter

from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kata import plain, reference
from kata.bugs import find, nearly
from kata.curriculum import Milestone, milestones, relative
from kata.links import linked
from kata.verdict import ExerciseVerdict, States, TestVerdict, Verdict, state_of

STYLES = {"green": "green", "red": "bold red", "todo": "dim"}
MARKS = {"green": "✓", "red": "✗", "todo": "·"}
TEXT_STARTS_AT = 15  # the widest label is "diagnosis"; a gap of 3 before it, and 2 after it


def make_console() -> Console:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors=plain.NAME)
    return Console(highlight=False, emoji=False, markup=False)


def show(
    states: States,
    verdict: Verdict,
    console: Console,
    current: tuple[Milestone, str] | None = None,
) -> None:
    """Print the board of these states, then one exercise.

    verdict: of the run that just ended; holds what there is to say about that exercise.
    current: the exercise; the first that is not green where None.
    """
    current = current or first_unfinished(states)
    show_milestones(states, console, current)
    if current:
        milestone, exercise = current
        console.print()
        found = verdict.get(milestone.id, {}).get(exercise, ExerciseVerdict())
        show_exercise(console, milestone, exercise, found)


def show_milestones(
    states: States, console: Console, current: tuple[Milestone, str] | None = None
) -> None:
    """Print the board alone: a line each, and the exercises of the current milestone.

    Where all milestones are on it, it ends with the progress in all of them.
    """
    console.print()
    for milestone in milestones():
        if milestone.id in states:
            _show_milestone(console, milestone, states[milestone.id], current)
    if len(states) == len(milestones()):
        _show_progress(console, [s for exercises in states.values() for s in exercises.values()])


def show_red_before(of: Milestone, red: States, verdict: Verdict, console: Console) -> None:
    """One line for what is red of earlier milestones, where no test's own lines blame it already.

    red: as it was when it last ran.
    """
    blamed = {part for e in verdict[of.id].values() for t in e.tests.values() for part in t.follows}
    for id, exercises in red.items():
        if not blamed & exercises.keys():
            names = ", ".join(exercises)
            console.print(f"\n {id} was red when it last ran ({names}), and {of.id} may feel that.")
            console.print(f" Look there first: nox -s {id}, or nox -s bisect -- {of.id}")


def first_unfinished(states: States) -> tuple[Milestone, str] | None:
    for milestone in milestones():
        for exercise, state in states.get(milestone.id, {}).items():
            if state != "green":
                return milestone, exercise
    return None


def _show_milestone(
    console: Console,
    milestone: Milestone,
    exercises: dict[str, str],
    current: tuple[Milestone, str] | None,
) -> None:
    """One line, and for the current milestone its exercises, the states by mark and colour."""
    done = list(exercises.values()).count("green")
    line = Text(" ").append(milestone.id, STYLES[state_of(exercises)])
    line.append(f"  {milestone.title}  ").append(f"{done}/{len(exercises)}", "dim")
    console.print(line)
    narrow = len(exercises) < len(milestone.exercises)
    if narrow or (current and current[0] == milestone):
        parts = [Text(f"{MARKS[s]} {e}", STYLES[s]) for e, s in exercises.items()]
        console.print(Padding(Columns(parts, padding=(0, 3)), (0, 0, 0, 6), expand=False))


def _show_progress(console: Console, states: list[str]) -> None:
    """A bar with a cell for each exercise, as far as the screen is wide enough."""
    done = states.count("green")
    count = f"  {done}/{len(states)} exercises"
    cells = max(0, min(len(states), console.width - len(count) - 2))
    filled = done * cells // len(states)
    bar = Text(" ").append("■" * filled, "green").append("·" * (cells - filled), "dim")
    console.print()
    console.print(bar.append(count))


def show_exercise(
    console: Console, milestone: Milestone, exercise: str, found: ExerciseVerdict
) -> None:
    """Print what there is to do in an exercise that is not green: its failure, or its stub."""
    rows = Table.grid(padding=(0, 2))
    rows.add_column(style="dim", no_wrap=True)
    rows.add_column(overflow="fold")
    if found.state == "red":
        _show_failure(console, rows, milestone, exercise, found)
    else:
        headline = f"Next: write {exercise}."
        if (stub := found.first("todo")) and stub.failure:
            rows.add_row("stub", linked(stub.failure.trace[-1]))
            if part := stub.failure.waits_for:
                headline = f"{exercise} waits for {part}: write that first."
        console.print(Text(f" {headline}", "bold"))
        lesson = milestone.lesson(milestone.sections.get(exercise, ""))
        rows.add_row("lesson", _path(console, lesson))
        rows.add_row("tests", _path(console, relative(milestone.test_file(exercise))))
    rows.add_row("hint", f"nox -s hint -- {exercise}")
    rows.add_row("again", f"nox -s {milestone.id}")
    console.print(Padding(rows, (1, 0, 1, 3), expand=False))


def _show_failure(
    console: Console, rows: Table, milestone: Milestone, exercise: str, found: ExerciseVerdict
) -> None:
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
    rows.add_row("test file", _path(console, id.partition("::")[0]))


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
    if first.cut:
        rows.add_row("", Text("Time was up before every pair of known mistakes was tried.", "dim"))


def claim(id: str) -> str:
    """The name of a test as a sentence; what it was given stands as it is, in brackets."""
    name, bracket, given = id.partition("::")[2].partition("[")
    sentence = name.removeprefix("test_").replace("_", " ")
    return f"{sentence} {bracket}{given}".strip()


def _path(console: Console, path: str, style: str = "") -> Text:
    """A path that is too long for its column goes on in the next line after a slash or a #."""
    place = linked(path, style)
    if len(path) <= console.width - TEXT_STARTS_AT:
        return place
    cut = max(path.rfind("/"), path.rfind("#") - 1) + 1
    return Text("\n").join([place[:cut], place[cut:]])


def _add_diagnosis(
    console: Console, rows: Table, milestone: Milestone, diagnosis: list[str]
) -> None:
    """Each bug's sentence and its place in the lesson; a pair is two sentences."""
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
        rows.add_row("", Text(f"Not explained: {claim(left[0])}{more}.", "dim"))


def _add_bug(
    console: Console, rows: Table, milestone: Milestone, label: str, id: str, sentence: str
) -> None:
    rows.add_row(Text(label, "bold yellow"), Text(sentence, "yellow"))
    rows.add_row("", _path(console, milestone.lesson(find(id).lesson), "dim"))


def celebrate(milestone: Milestone, console: Console) -> None:
    """One line for a finished milestone, and what to do with what was built."""
    console.print(Text(f" {milestone.id} is complete.", "bold green"), end="")
    console.print(f"  See it work: nox -s run -- {milestone.id}\n")
