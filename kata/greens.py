"""A milestone's files as they were when an exercise in it became green last, for `watch`."""

import difflib
import shutil
from collections.abc import Iterator

from kata.curriculum import ROOT, Milestone

GREEN = ROOT / ".kata" / "green"


def keep(milestone: Milestone) -> None:
    """Remember the milestone's files as they are now."""
    kept = GREEN / milestone.package
    shutil.rmtree(kept, ignore_errors=True)
    ignore = shutil.ignore_patterns("__pycache__", "*.svg", "*.md")
    shutil.copytree(ROOT / "milestones" / milestone.package, kept, ignore=ignore)


def diff(milestone: Milestone) -> Iterator[str]:
    """What has changed in the milestone since, line by line."""
    folder, kept = ROOT / "milestones" / milestone.package, GREEN / milestone.package
    if not kept.exists():
        yield f" Nothing in {milestone.id} has become green in a watch yet.\n"
        return
    changed = False
    for file in sorted(folder.glob("*.py")):
        old = kept / file.name
        before = old.read_text("utf-8", "replace") if old.exists() else ""
        lines = difflib.unified_diff(
            before.splitlines(keepends=True),
            file.read_text("utf-8", "replace").splitlines(keepends=True),
            f"{file.name}, when an exercise became green last",
            f"{file.name}, now",
        )
        for line in lines:
            changed = True
            yield line
    if not changed:
        yield f" Nothing has changed in {milestone.id} since an exercise became green last.\n"
