"""A milestone's files as they were when an exercise in it became green last, for `watch`."""

import difflib
import shutil
from collections.abc import Iterator
from pathlib import Path

from kata.course import state
from kata.course.curriculum import Milestone
from kata.files import make_folder, sources
from kata.paths import ROOT

GREEN = state.FOLDER / "green"
LOST = "What was green last is remembered anew."


def keep(milestone: Milestone) -> None:
    """Remember the milestone's files as they are now."""
    with state.alone():
        kept = state.folder(state.folder(GREEN, LOST) / milestone.package, LOST)
        shutil.rmtree(kept, ignore_errors=True)
        make_folder(kept)
        for file in sources(ROOT / "milestones" / milestone.package):
            shutil.copyfile(file, kept / file.name)


def diff(milestone: Milestone) -> Iterator[str]:
    """What has changed in the milestone since, line by line."""
    folder, kept = ROOT / "milestones" / milestone.package, GREEN / milestone.package
    if not kept.is_dir():
        yield f" Nothing in {milestone.id} has become green in a watch yet.\n"
        return
    changed = False
    for file in sources(folder):
        lines = difflib.unified_diff(
            _text(kept / file.name).splitlines(keepends=True),
            _text(file).splitlines(keepends=True),
            f"{file.name}, when an exercise became green last",
            f"{file.name}, now",
        )
        for line in lines:
            changed = True
            yield line
    if not changed:
        yield f" Nothing has changed in {milestone.id} since an exercise became green last.\n"


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:  # it is new since, or cannot be read
        return ""
