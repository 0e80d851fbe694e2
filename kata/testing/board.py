"""The board, and exactly one failure: what the learner sees after every run."""

import io
import sys

from rich.columns import Columns
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from kata import plain
from kata.course import route
from kata.course.curriculum import Milestone, Track
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

    Where the whole course is on it, a track of which nothing is begun has one line, and the board
    ends with the progress in all else.
    """
    here = current[0] if current else None
    shown = route.at_hand(states, here)
    console.print()
    for milestone in shown:
        _show_milestone(console, milestone, states[milestone.id], current)
    if route.is_whole(states):
        for track in route.waiting(states, here):
            console.print(Text(f" {_said(track)}", "dim"))
        _show_progress(console, [s for m in shown for s in states[m.id].values()])


def offer_tracks(states: States, console: Console) -> None:
    """What there is to do where all that is begun is green."""
    offered = route.waiting(states)
    if not offered:
        console.print(" Every milestone is green.")
        return
    console.print(" Every milestone that you have begun is green. To go on, begin a track:\n")
    for track in offered:
        console.print(f"   nox -s next -- {track.milestones[0].id}   {_said(track)}")
    console.print()


def _said(track: Track) -> str:
    """A track in one line: its milestones, and what it is about."""
    first, last = track.milestones[0].id, track.milestones[-1].id
    ids = first if first == last else f"{first} to {last}"
    return f"{ids}  {track.id}: {track.title}"


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
    for milestone in route.at_hand(states):
        for exercise, state in states[milestone.id].items():
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
