"""Submissions: where they are, which commit is checked out, and what of them is untouched."""

import os
import re
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from kata.course import stubs
from kata.course.curriculum import Milestone, milestones
from kata.errors import KataError
from kata.judging.decision import Result
from kata.judging.sandbox import submitted
from kata.paths import ROOT
from kata.plain import printable


@dataclass
class Submission:
    name: str
    folder: Path
    verdicts: dict[str, Result] = field(default_factory=dict)


def find(folders: Sequence[Path]) -> list[Submission]:
    """A submission for each folder; for one that holds no milestones, for each folder in it.

    A folder that was unpacked from an archive may hold the submission in a folder of its own.
    Raises KataError where there is none.
    """
    found: dict[Path, Path] = {}  # the folder that names the submission, and that it lies in
    for folder in folders:
        if not folder.is_dir():
            raise KataError(f"{printable(str(folder))} is not a folder.")
        inside = [] if _has_milestones(folder) else _folders(folder)
        many = any(_home(one) for one in inside)
        for one in inside if many else [folder]:
            named = Path(os.path.abspath(one))
            found[named] = _home(named) or named
    if not found:
        raise KataError("There is no submission in these folders.")
    return [Submission(_name(path, list(found)), home) for path, home in found.items()]


def _folders(folder: Path) -> list[Path]:
    """Those in it, without what hides and what an archive of macOS adds."""
    try:
        inside = [f for f in sorted(folder.iterdir()) if f.is_dir() and not f.is_symlink()]
    except OSError:
        return []
    return [f for f in inside if not f.name.startswith((".", "__"))]


def _home(folder: Path) -> Path | None:
    """The folder itself if it has milestones, or the only one in it that has; else None."""
    if _has_milestones(folder):
        return folder
    within = [one for one in _folders(folder) if _has_milestones(one)]
    return within[0] if len(within) == 1 else None


def packed(folders: Sequence[Path]) -> list[str]:
    """The names of archives that nobody has unpacked: nothing in them is judged."""
    files = (file for folder in folders for file in sorted(folder.iterdir()))
    return [printable(file.name) for file in files if file.suffix in (".zip", ".gz", ".7z")]


def _name(path: Path, paths: Sequence[Path]) -> str:
    """As few of the last parts of the path as tell it from the others, as a screen shows them."""
    for count in range(1, len(path.parts)):
        if sum(other.parts[-count:] == path.parts[-count:] for other in paths) == 1:
            break
    return printable("/".join(path.parts[-count:]).replace("\\", "\\\\"))


def _has_milestones(folder: Path) -> bool:
    rooms = (folder, folder / "milestones")
    try:
        return any((room / m.package).is_dir() for room in rooms for m in milestones())
    except OSError:  # nobody may look into it
        return False


def commit(folder: Path) -> str:
    """The commit that is checked out, read without git; empty where there is none to be read."""
    head = _text(folder / ".git" / "HEAD")
    name = head.removeprefix("ref: ")
    if name != head and re.fullmatch(r"refs(/[\w-][\w.-]*)+", name):
        packed = _text(folder / ".git" / "packed-refs").splitlines()
        known = [line.split()[0] for line in packed if line.endswith(f" {name}")]
        head = _text(folder / ".git" / name) or next(iter(known), "")
    return head if re.fullmatch(r"[0-9a-f]{40,64}", head) else ""


def _text(file: Path) -> str:
    try:
        if stat.S_ISREG(file.lstat().st_mode) and file.lstat().st_size < 1 << 20:
            return file.read_text("utf-8", "replace").strip()
    except OSError:
        pass
    return ""


@cache
def stubs_of(milestone: Milestone) -> dict[str, bytes] | None:
    """This repository's files of the milestone, where they are the stubs handed out."""
    files = own_files(ROOT, milestone)
    code = (ROOT / path for path in files if not Path(path).name.startswith("__"))
    return None if any(map(stubs.has_work, code)) else files


def untouched(submission: Path, milestone: Milestone) -> bool:
    """Whether the milestone is still as it was handed out, so that there is nothing to run."""
    handed_out = stubs_of(milestone)
    return handed_out is not None and own_files(submission, milestone) == handed_out


def own_files(submission: Path, milestone: Milestone) -> dict[str, bytes]:
    """The milestone's files without those of the milestones before it."""
    files = submitted(submission, milestone)
    return {p: content for p, content in files.items() if p.split("/")[1] == milestone.package}
