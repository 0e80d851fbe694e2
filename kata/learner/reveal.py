"""nox -s reveal: one exercise of the reference, beside the learner's own."""

import ast
import sys
from collections.abc import Mapping, Sequence

from rich.console import Console, Group
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from kata.course import progress, reference, stubs
from kata.course.curriculum import milestones
from kata.files import sources
from kata.paths import ROOT, relative

NARROW = 150  # columns below which the two stand one above the other


def main(console: Console, arguments: Sequence[str]) -> int:
    """Shown freely where the exercise is green, after a question otherwise; never written."""
    homes = {e: m for m in milestones() for e in m.exercises}
    if len(arguments) != 1 or arguments[0] not in homes:
        console.print("Reveal which exercise? For instance: nox -s reveal -- softmax")
        return 2
    (exercise,) = arguments
    milestone = homes[exercise]
    reference.location()  # before the question
    if progress.load()[milestone.id][exercise] != "green" and not _agreed(exercise, console):
        return 1
    where = relative(reference.location() / milestone.package)
    shown = [
        (
            Text(f"the reference, {where}", "bold"),
            _code(reference.code(milestone.package), exercise),
        ),
        (
            Text(f"yours, milestones/{milestone.package}", "bold"),
            _code(_own(milestone.package), exercise, documented=False),
        ),
    ]
    if console.width < NARROW:
        console.print(Group(*(item for part in shown for item in ("", *part))))
        return 0
    table = Table.grid(padding=(1, 2), expand=True)
    for row in zip(*shown, strict=True):
        table.add_row(*row)
    console.print(table)
    return 0


def _agreed(exercise: str, console: Console) -> bool:
    console.print(f"{exercise} is not green yet. Hints: nox -s hint -- {exercise}")
    if not sys.stdin.isatty():
        console.print("Run this in a terminal to be asked.")
        return False
    answer = console.input("Show the solution? [y/N] ", markup=False)
    return answer.strip().lower() in ("y", "yes")


def _own(package: str) -> dict[str, str]:
    files = sources(ROOT / "milestones" / package)
    return {file.name: file.read_text("utf-8", "replace") for file in files}


def _code(files: Mapping[str, str], exercise: str, documented: bool = True) -> Syntax | Text:
    for text in files.values():
        try:
            span = stubs.span(text, exercise)
        except SyntaxError:
            continue
        if span:
            code = "".join(text.splitlines(keepends=True)[slice(*span)])
            code = code if documented else _without_docstrings(code)
            return Syntax(code, "python", background_color="default", word_wrap=True)
    return Text("not found", "dim")


def _without_docstrings(code: str) -> str:
    lines = code.splitlines(keepends=True)
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            first, last = node.body[0].lineno - 1, node.body[0].end_lineno or 0
            lines[first:last] = [""] * (last - first)
    return "".join(lines)
