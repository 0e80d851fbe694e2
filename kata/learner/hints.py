"""Hints one level at a time, from each milestone's hints.md; remembers what was shown."""

import re
from collections.abc import Sequence
from contextlib import suppress

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.text import Text

from kata.course import progress, reference
from kata.course.curriculum import Milestone, milestones
from kata.course.state import FOLDER, Memory
from kata.errors import KataError
from kata.paths import ROOT, relative
from kata.testing import board

FILE = FOLDER / "hints.json"
LEVELS = 3
MEMORY = Memory(
    FILE,
    lambda shown: type(shown) is int and 1 <= shown <= LEVELS,
    "Hints start at the first one again.",
)


def main(console: Console, arguments: Sequence[str]) -> int:
    """`[exercise] [level]`: the current exercise's next level where nothing is said."""
    names = {e: m for m in milestones() for e in m.exercises}
    level = int(arguments[-1]) if arguments and arguments[-1].isdecimal() else None
    words = arguments[:-1] if level is not None else arguments
    if len(words) > 1 or any(word not in names for word in words):
        console.print(f"{' '.join(arguments)}: expected an exercise and a level, 1 to {LEVELS}.")
        console.print("For instance: nox -s hint -- softmax 2")
        return 2
    if level is not None and not 1 <= level <= LEVELS:
        console.print(f"There are {LEVELS} levels of hints, not {level}.")
        return 2
    if words:
        exercise = words[0]
    elif current := board.first_unfinished(progress.load()):
        exercise = current[1]
    else:
        console.print("Every exercise is green. nox -s hint -- softmax shows an old hint.")
        return 0
    show(names[exercise], exercise, level, console)
    return 0


def show(
    milestone: Milestone, exercise: str, level: int | None, console: Console, more: str = ""
) -> None:
    """Print that level, or the one after the last that was shown. more: how to see the next."""
    seen = MEMORY.read()
    id = f"{milestone.id}/{exercise}"
    level = level or min(seen.get(id, 0) + 1, LEVELS)
    console.print()
    console.print(Text(f" {exercise}, hint {level} of {LEVELS}", "bold"))
    console.print(Padding(Markdown(levels(milestone, exercise)[level - 1]), (1, 3)))
    if level < LEVELS:
        more = more or f"nox -s hint -- {exercise}"
        console.print(Text(f" For the next hint: {more}", "dim"))
    elif reference.exists():
        console.print(Text(f" That was the last. The solution: nox -s reveal -- {exercise}", "dim"))
    with suppress(OSError), MEMORY.changed() as seen:  # in a read-only tree one asks for the level
        seen[id] = max(level, seen.get(id, 0))


def next_one(milestone: Milestone, exercise: str, console: Console) -> Text:
    """What `watch` shows at h: the next hint, or why there is none."""
    with console.capture() as shown:
        try:
            show(milestone, exercise, None, console, "press h")
        except KataError as problem:
            console.print(problem)
    return Text.from_ansi(shown.get().rstrip("\n"))


def levels(milestone: Milestone, exercise: str) -> list[str]:
    """The exercise's hints, the vaguest first. Raises KataError where they are not there."""
    file = ROOT / "milestones" / milestone.package / "hints.md"
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        text = ""
    _, *rest = re.split(rf"^## {re.escape(exercise)}$", text, flags=re.M)
    section = "".join(rest).partition("\n## ")[0]
    found = [part.strip() for part in re.split(r"^\d\. ", section, flags=re.M)[1:]]
    if len(found) != LEVELS:
        name = relative(file)
        raise KataError(
            f"{name} does not hold {LEVELS} hints for {exercise}: git checkout {name} "
            "brings it back."
        )
    return found
