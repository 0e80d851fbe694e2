"""A copy in which one milestone of a submission is judged: its .py files, and nothing else of it.

Tests, engine and configuration come from this repository, as they were when the judge started.
"""

import os
import stat
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from kata.course.curriculum import Milestone, milestones
from kata.errors import KataError
from kata.folders import remove_tree
from kata.paths import ROOT, engine, relative
from kata.plain import printable

LARGEST = 256 << 10  # bytes of a learner's file
MOST = 64  # files of a milestone
ENGINE = sorted({relative(file.parent) for file in engine()})
FOLDERS = (*ENGINE, *(relative(m.tests) for m in milestones()))


@cache
def pristine() -> dict[str, bytes]:
    """Path and content of every file that does not come from a submission.

    Read once: what a run writes into this repository does not change the next verdict.
    """
    files = [ROOT / "pyproject.toml", ROOT / "milestones/__init__.py"]
    files += [ROOT / "milestones/curriculum.toml", *(ROOT / "tests").glob("*.py")]
    for folder in FOLDERS:
        files += [f for f in (ROOT / folder).glob("*") if f.suffix in (".py", ".json")]
    return {file.relative_to(ROOT).as_posix(): file.read_bytes() for file in sorted(files)}


def submitted(submission: Path, milestone: Milestone) -> dict[str, bytes]:
    """Path and content of the regular .py files of the milestone and of those that it needs.

    submission: a folder with `milestones/` in it, or laid out like `milestones/`. Raises
    KataError where the milestone's folder is missing, is a link, holds too much, or cannot be
    read. Of an earlier milestone that is left out: it has an error of its own.
    """
    rooms = submission / "milestones"
    rooms = rooms if os.path.lexists(rooms) else submission
    found = {}
    for one in (*milestone.before, milestone):
        name = f"milestones/{one.package}"
        folder = rooms / one.package
        if not (_is_folder(rooms) and _is_folder(folder)):
            if one == milestone:
                raise KataError(f"{name} is missing, or is not a folder.")
            continue
        found.update(_sources(folder, name, whole=one == milestone))
    return found


def _sources(folder: Path, name: str, whole: bool) -> dict[str, bytes]:
    """whole: raise KataError for what cannot be judged, and do not leave it out."""
    found, problems = {}, []
    try:
        files = [file for file in sorted(folder.iterdir()) if _is_source(file)]
    except OSError as error:
        files, problems = [], [f"{name} cannot be read: {error.strerror}."]
    if len(files) > MOST:
        problems = [f"{name} holds {len(files)} .py files; at most {MOST} are judged."]
    for file in files[:MOST]:
        try:
            if file.lstat().st_size <= LARGEST:
                found[f"{name}/{file.name}"] = file.read_bytes()
            else:
                problems.append(f"{name}/{file.name} is larger than {LARGEST >> 10} KB.")
        except OSError as error:
            problems.append(f"{name}/{file.name} cannot be read: {error.strerror}.")
    if whole and problems:
        raise KataError(printable(problems[0]))
    return found


def _is_source(file: Path) -> bool:
    return file.suffix == ".py" and stat.S_ISREG(file.lstat().st_mode)


def _is_folder(path: Path) -> bool:
    return os.path.lexists(path) and stat.S_ISDIR(path.lstat().st_mode)


class Sandbox:
    """A new folder that holds the sources and what is pristine."""

    def __init__(self, root: Path, sources: dict[str, bytes]) -> None:
        self.root = root
        for path, content in {**sources, **pristine()}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(content)
        self._stamps = self._stamp()

    def changed(self) -> bool:
        """Whether anything pristine was written, moved or added to, and be it put back since."""
        try:
            return self._stamp() != self._stamps
        except OSError:
            return True

    def _stamp(self) -> list[tuple[int, ...]]:
        states = [(self.root / path).lstat() for path in (*FOLDERS, "tests", *pristine())]
        return [(s.st_ino, s.st_mode, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for s in states]


@contextmanager
def sandbox(sources: dict[str, bytes]) -> Generator[Sandbox]:
    """A sandbox in a temporary folder, gone after the block."""
    # realpath: on macOS the temporary folder is a link, and pytest would name tests by both.
    root = Path(os.path.realpath(tempfile.mkdtemp(prefix="kata-judge-")))
    try:
        yield Sandbox(root, sources)
    finally:
        remove_tree(root)
