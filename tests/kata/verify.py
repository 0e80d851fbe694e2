"""What `nox -s verify` runs of the tests: all of them, those of some milestones, or what changed.

python -m tests.kata.verify [MILESTONE ...] [--changed] [anything that pytest takes]; `engine` is
all that is of no milestone.
"""

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import metadata
from pathlib import Path

from kata.course import state
from kata.course.curriculum import Milestone, milestone, milestones
from kata.files import read_json, write_atomically
from kata.paths import ROOT, engine

CHANGED = "--changed"
ENGINE = "engine"
PROVEN = state.FOLDER / "proven.json"
SUFFIXES = (".py", ".toml", ".json", ".md")


def main(words: Sequence[str]) -> int:
    ids = [m.id for m in milestones()]
    named = [word for word in words if word in ids]
    others = [word for word in words if word not in (*named, CHANGED, ENGINE)]
    if ENGINE in words:
        return subprocess.call([*pytest(others), *only([], ids)])
    chosen = [milestone(id) for id in named] or list(milestones())
    left_out = []
    if CHANGED in words and os.environ.get("CI"):
        print("In CI no milestone is passed over.")
    elif CHANGED in words:
        left_out = [m for m in chosen if proven().get(m.id) == digest(m)]
        print(f"Passed over, proven as they are: {', '.join(m.id for m in left_out) or 'none'}.")
    if named and len(left_out) == len(chosen):
        return 0
    code = subprocess.call([*pytest(others), *only(named, [m.id for m in left_out])])
    if code == 0 and not others:
        keep([m for m in chosen if m not in left_out])
    return code


def pytest(others: Sequence[str]) -> list[str]:
    """A worker for each core."""
    paths = [] if any(not word.startswith("-") for word in others) else ["tests/kata"]
    return [sys.executable, "-m", "pytest", "-n", "auto", "-W", "error", *paths, *others]


def only(named: Sequence[str], left_out: Sequence[str]) -> list[str]:
    """Tests have their milestone in their names: of these, and not of those."""
    wanted = [f"({' or '.join(named)})"] if named else []
    unwanted = [f"not ({' or '.join(left_out)})"] if left_out else []
    return ["-k", " and ".join(wanted + unwanted)] if wanted + unwanted else []


def proven() -> dict[str, str]:
    """The digest with which each milestone's proofs were last green."""
    with suppress(ValueError):
        return read_json(PROVEN)
    return {}


def keep(chosen: Sequence[Milestone]) -> None:
    found = proven() | {m.id: digest(m) for m in chosen}
    write_atomically(PROVEN, json.dumps(found, indent=1) + "\n")


def digest(of: Milestone) -> str:
    """Of all that its proofs rest on: the code, its tests and styles, the engine, PyTorch."""
    found = hashlib.sha256(metadata.version("torch").encode())
    for file in sorted(rests_on(of)):
        found.update(f"\0{file.relative_to(ROOT).as_posix()}\0".encode() + file.read_bytes())
    return found.hexdigest()


def rests_on(of: Milestone) -> Iterator[Path]:
    yield from engine()
    yield from (ROOT / "tests").glob("*.py")
    yield from (ROOT / "tests/kata").glob("*.py")
    yield from (ROOT / "pyproject.toml", ROOT / "milestones/curriculum.toml")
    styles = [path.parent for path in (ROOT / "tests/kata/alternates").glob("*/bugs.toml")]
    yield from (style / "bugs.toml" for style in styles)
    for one in (*of.before, of):
        for folder in (ROOT / "solutions", ROOT / "milestones", ROOT / "tests", *styles):
            inside = (folder / one.package).rglob("*")
            yield from (file for file in inside if file.suffix in SUFFIXES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
