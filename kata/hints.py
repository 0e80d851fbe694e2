"""Hints one level at a time, from each milestone's hints.md; remembers what was shown."""

import json
import re
from collections.abc import Sequence
from contextlib import suppress

from rich.console import Console
from rich.markdown import Markdown
from rich.padding import Padding
from rich.text import Text

from kata import board, progress, reference
from kata.curriculum import ROOT, Milestone, milestones
from kata.files import write_atomically

FILE = ROOT / ".kata" / "hints.json"
LEVELS = 3


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
    seen = _seen()
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
    seen[id] = max(level, seen.get(id, 0))
    with suppress(OSError):  # in a read-only tree the level can be asked for
        write_atomically(FILE, json.dumps(seen, indent=1) + "\n")


def levels(milestone: Milestone, exercise: str) -> list[str]:
    """The exercise's hints, the vaguest first."""
    text = (ROOT / "milestones" / milestone.package / "hints.md").read_text("utf-8")
    section = re.split(rf"^## {re.escape(exercise)}$", text, flags=re.M)[1].partition("\n## ")[0]
    return [part.strip() for part in re.split(r"^\d\. ", section, flags=re.M)[1:]]


def _seen() -> dict[str, int]:
    try:
        return json.loads(FILE.read_text("utf-8"))
    except (OSError, ValueError):  # none yet, or not readable: then nothing was shown
        return {}
