"""nox -s reset: a milestone, or one exercise of it, back to its stubs."""

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from kata.course import backups, stubs
from kata.course.curriculum import milestones
from kata.files import refuse_odd, write_atomically
from kata.paths import ROOT, relative


def main(console: Console, arguments: Sequence[str]) -> int:
    """`m03` or an exercise. Asks first, and keeps a copy."""
    packages = {m.id: m.package for m in milestones()}
    exercises = {e: m.package for m in milestones() for e in m.exercises}
    if len(arguments) != 1 or arguments[0] not in packages | exercises:
        console.print("Reset what? A milestone or an exercise: nox -s reset -- m01")
        return 2
    name = arguments[0]
    refuse_odd(f for f in stubs.generated() if f.parent.name == (packages | exercises)[name])
    if name in packages:
        folder = ROOT / "milestones" / packages[name]
        texts = {f: text for f, text in stubs.generated().items() if f.parent == folder}
    else:
        file, text = _reset_exercise(name, ROOT / "milestones" / exercises[name])
        if text is None:
            console.print(f"{relative(file)} is not valid Python; reset the whole milestone.")
            return 1
        texts = {file: text}
    changed = {f: t for f, t in texts.items() if not f.exists() or f.read_bytes() != t.encode()}
    if not changed:
        console.print(f"{name} is as it was at the start.")
        return 0
    existing = [file for file in changed if file.exists()]
    if existing and not backups.agreed(existing, f"Keep a copy and reset {name}?", console):
        return 1
    for file, text in changed.items():
        write_atomically(file, text)
    console.print(f"{name} is as it was at the start.")
    return 0


def _reset_exercise(name: str, folder: Path) -> tuple[Path, str | None]:
    """The exercise's file, and its text with that exercise's stub; None where it cannot be read."""
    for file, text in stubs.generated().items():
        if file.parent == folder and (span := stubs.span(text, name)):
            stub = text.splitlines(keepends=True)[slice(*span)]
            if not file.exists():
                return file, text
            try:
                own = file.read_bytes().decode("utf-8")
                lines = own.splitlines(keepends=True)
                place = stubs.span(own, name) or (len(lines), len(lines))
            except (SyntaxError, UnicodeDecodeError):
                return file, None
            lines[slice(*place)] = stub if place[0] < len(lines) else ["\n\n", *stub]
            return file, "".join(lines)
    raise LookupError(f"no solution defines {name}")
