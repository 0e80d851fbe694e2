"""The board, and exactly one failure: what the learner sees after every run."""

import io
import sys

from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kata import plain
from kata.course.curriculum import Milestone, milestones
from kata.course.verdict import ExerciseVerdict, States, Verdict, state_of
from kata.paths import relative
from kata.testing import told
from kata.testing.links import linked, path

STYLES = {"green": "green", "red": "bold red", "todo": "dim"}
MARKS = {"green": "✓", "red": "✗", "todo": "·"}


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
        told.add_failure(console, rows, milestone, exercise, found)
    else:
        headline = f"Next: write {exercise}."
        if (stub := found.first("todo")) and stub.failure:
            rows.add_row("stub", linked(stub.failure.trace[-1]))
            if part := stub.failure.waits_for:
                headline = f"{exercise} waits for {part}: write that first."
        console.print(Text(f" {headline}", "bold"))
        lesson = milestone.lesson(milestone.sections.get(exercise, ""))
        rows.add_row("lesson", path(console, lesson))
        rows.add_row("tests", path(console, relative(milestone.test_file(exercise))))
    rows.add_row("hint", f"nox -s hint -- {exercise}")
    rows.add_row("again", f"nox -s {milestone.id}")
    console.print(Padding(rows, (1, 0, 1, 3), expand=False))


def celebrate(milestone: Milestone, console: Console) -> None:
    """One line for a finished milestone, and what to do with what was built."""
    console.print(Text(f" {milestone.id} is complete.", "bold green"), end="")
    console.print(f"  See it work: nox -s run -- {milestone.id}\n")
