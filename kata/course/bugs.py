"""Seeded bugs: misconceptions as one-place edits of the reference, from bugs.toml."""

import atexit
import os
import re
import shutil
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kata.course import reference
from kata.course.curriculum import Milestone, milestone
from kata.course.edits import edited


@dataclass(frozen=True)
class Bug:
    id: str  # m01/relu-abs
    find: str
    replace: str
    exercise: str = ""
    says: str = ""
    family: str = ""  # what is true of all its kind: said where it only comes near
    near: str = ""  # of a slip in another style: the bug that it makes in part
    lesson: str = ""  # heading anchor in the milestone's lesson


def read(file: Path) -> list[Bug]:
    return [Bug(**entry) for entry in tomllib.loads(file.read_text("utf-8"))["bug"]]


@cache
def catalogue(of: Milestone) -> tuple[Bug, ...]:
    """Its seeded bugs; none in an edition without solutions."""
    text = reference.files(of.package).get("bugs.toml", "") if reference.exists() else ""
    entries = tomllib.loads(text).get("bug", [])
    return tuple(Bug(**{**entry, "id": f"{of.id}/{entry['id']}"}) for entry in entries)


def ids(of: Milestone, exercise: str) -> list[str]:
    """Of the bugs of an exercise."""
    return [bug.id for bug in catalogue(of) if bug.exercise == exercise]


def nearly(ids: str) -> list[str]:
    """The sentences for bugs `m01/a` or `m01/a+m01/b` that only come near."""
    return [bug.family or bug.says for bug in map(find, ids.split("+"))]


def find(id: str) -> Bug:
    """The bug of that id. Raises ValueError where there is none."""
    for bug in catalogue(milestone(id.partition("/")[0])):
        if bug.id == id:
            return bug
    raise ValueError(f"no seeded bug {id!r}; see solutions/*/bugs.toml")


@cache
def tree(ids: str) -> tuple[Path, ...]:
    """Folders that together hold the reference with the bugs `m01/a` or `m01/a+m01/b` in it.

    The second is the milestone without them: what they leave alone may be imported from there.
    """
    of = milestone(ids.partition("/")[0])
    folder = planted(of.package, reference.code(of.package), [find(id) for id in ids.split("+")])
    return folder, *lent(of.id), reference.location()


def touched(ids: str) -> set[str]:
    """The modules of the milestone that the bugs change, and all that import one of these."""
    package = f"milestones.{milestone(ids.partition('/')[0]).package}"
    code = {
        package if name == "__init__.py" else f"{package}.{name.removesuffix('.py')}": text
        for name, text in reference.code(package.partition(".")[2]).items()
    }
    finds = [find(id).find for id in ids.split("+")]
    found = {package} | {name for name, text in code.items() if any(f in text for f in finds)}
    while True:
        names = "|".join(map(re.escape, found))
        imports = re.compile(rf"\b(?:from|import)\s+(?:{names})(?![\w.])")
        more = {name for name, text in code.items() if imports.search(text)} - found
        if not more:
            return found
        found |= more


@cache
def lent(ids: str) -> tuple[Path, ...]:
    """Folders that hold the reference of the milestones `m01+m02`, and of no other."""
    packages = [milestone(id).package for id in ids.split("+")]
    return tuple(planted(package, reference.code(package), []) for package in packages)


def planted(package: str, code: Mapping[str, str], edits: Sequence[Bug]) -> Path:
    """A new folder, gone at exit, that holds `package` with the edits made in its code.

    Raises ValueError where an edit's `find` does not occur exactly once in the package, or where
    two edits change the same words.
    """
    by_file: dict[str, list[tuple[str, str]]] = {}
    for bug in edits:
        places = [name for name, text in code.items() for _ in range(text.count(bug.find))]
        if len(places) != 1:
            raise ValueError(f"{bug.id}: `find` occurs {len(places)} times, expected exactly once")
        by_file.setdefault(places[0], []).append((bug.find, bug.replace))
    sources = {name: edited(text, by_file.get(name, ())) for name, text in code.items()}
    folder = _scratch(os.getpid()) / str(next(_numbers))
    (folder / package).mkdir(parents=True)
    for name, text in sources.items():
        (folder / package / name).write_text(text, "utf-8")
    return folder


_numbers = iter(range(10**9))


@cache
def _scratch(process: int) -> Path:
    """A process's own: the forks of one would otherwise write to the same places."""
    folder = Path(tempfile.mkdtemp(prefix="kata-bugs-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
