"""Copies of the learner's files, made before anything replaces them.

nox -s undo goes back one step for each time it is called; what it replaces is kept in `undone`.
"""

import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from kata.course import state
from kata.files import refuse_odd, write_atomically
from kata.paths import ROOT, relative

FOLDER = state.FOLDER / "backups"
NAME = re.compile(r"\d{4}-\d\d-\d\d-\d{6}-\d{3}")  # as _named gives it
LOST = "The copies of your files that are made from now on can be undone."
UNDONE = "undone"  # in it, what an undo replaced


def agreed(files: Sequence[Path], question: str, console: Console) -> bool:
    """Ask before these files are replaced. After a yes there is a copy of each."""
    console.print("These files hold work:")
    for file in files:
        console.print(f"  {relative(file)}")
    if not sys.stdin.isatty():
        console.print("Nothing was changed. Run this in a terminal to be asked.")
        return False
    if console.input(f"{question} [y/N] ", markup=False).strip().lower() not in ("y", "yes"):
        console.print("Nothing was changed.")
        return False
    console.print(f"The copies are in {relative(keep(files))}. To bring them back: nox -s undo")
    return True


def keep(files: Sequence[Path], into: str = "") -> Path:
    """Copy the files into a new folder, which appears only when all of them are in it."""
    state.folder(state.folder(FOLDER, LOST) / into, LOST)
    started = Path(tempfile.mkdtemp(dir=FOLDER / into, prefix=".started-"))
    try:
        for file in files:
            copy = started / file.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            with copy.open("wb") as target:
                target.write(file.read_bytes())
                target.flush()
                os.fsync(target.fileno())
        return _named(started)
    except BaseException:
        shutil.rmtree(started, ignore_errors=True)
        raise


def _named(started: Path) -> Path:
    """Give the folder the time as its name, and a number where two have the same."""
    now = time.strftime("%Y-%m-%d-%H%M%S")
    for number in range(1000):
        try:
            return started.rename(started.parent / f"{now}-{number:03}")
        except OSError:  # there is one of that name, with files in it
            continue
    raise OSError(f"{started.parent} has no name left at {now}")


def main(console: Console, arguments: Sequence[str]) -> int:
    """Bring back the files of the last backup, which then is none any more."""
    with state.alone():
        return _undo(console)


def _undo(console: Console) -> int:
    found = sorted(FOLDER.iterdir()) if FOLDER.is_dir() else []
    folders = [f for f in found if NAME.fullmatch(f.name) and f.is_dir()]
    if not folders:
        console.print("There is nothing to undo: no backup is left.")
        return 1
    last = folders[-1]
    copies = {ROOT / c.relative_to(last): c for c in last.rglob("*") if c.is_file()}
    refuse_odd(copies)
    kept = keep([file for file in copies if file.exists()], UNDONE)
    for file, copy in copies.items():
        write_atomically(file, copy.read_bytes().decode("utf-8", "surrogateescape"))
        console.print(f"{relative(file)} is as it was at {last.name[:17]}.")
    with tempfile.TemporaryDirectory(dir=FOLDER / UNDONE, prefix=".gone-") as gone:
        last.rename(Path(gone, last.name))  # whole or not at all
    console.print(f"What it replaced is in {relative(kept)}.")
    if len(folders) > 1:
        console.print(f"To go back further, to {folders[-2].name[:17]}: nox -s undo")
    return 0
