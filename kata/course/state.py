"""What the kata remembers from run to run, in .kata: read whatever stands there, and changed by
one run at a time."""

import json
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from kata.files import make_folder, read_json, write_atomically
from kata.paths import ROOT, relative

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

FOLDER = ROOT / ".kata"
LOCK = FOLDER / "lock"
PATIENCE = 30  # seconds for one run; who holds the lock for longer has been stopped half-way
put_aside: list[str] = []  # what this run has said of state that it could not read
_held = False


@dataclass(frozen=True)
class Memory:
    """A JSON file of one object.

    fits: whether a value in the object has the shape that is written. lost: what it means for the
    learner that the file cannot be read.
    """

    file: Path
    fits: Callable[[Any], bool]
    lost: str

    def read(self) -> dict[str, Any]:
        """What the file holds, if it is there. A file of another shape is put aside."""
        try:
            return self._parsed()
        except ValueError:
            with alone():
                return self._read()

    @contextmanager
    def changed(self) -> Generator[dict[str, Any]]:
        """The same, to be changed within the block, and written at its end."""
        with alone():
            found = self._read()
            yield found
            write_atomically(self.file, json.dumps(found, indent=1) + "\n")

    def _read(self) -> dict[str, Any]:
        try:
            return self._parsed()
        except ValueError as problem:
            set_aside(self.file, f"{problem}", self.lost)
            return {}

    def _parsed(self) -> dict[str, Any]:
        if not os.path.lexists(self.file):
            return {}
        found = read_json(self.file)
        if not isinstance(found, dict) or not all(map(self.fits, found.values())):
            raise ValueError("holds something else than the kata writes")
        return found


@contextmanager
def alone() -> Generator[None]:
    """Within the block no other run is in such a block: what is read in it may be written back.

    It may stand in another one. Only a process' main thread may be in it.
    """
    # The system's own lock on an open file ends with its process, however that ends: a file that
    # is the lock by being there would have to be guessed stale. lockf, because forks inherit flock.
    global _held
    if _held:
        yield
        return
    lock = None
    with suppress(OSError):  # where there can be no lock, there is mostly nothing to write
        FOLDER.mkdir(exist_ok=True)
        lock = os.open(LOCK, os.O_RDWR | os.O_CREAT)
        begun = time.time()
        while not _locked(lock):
            if max(begun, os.fstat(lock).st_mtime) + PATIENCE < time.time():
                break
            time.sleep(0.05)
        os.utime(LOCK)  # tells those who wait that it has changed hands
    _held = True
    try:
        yield
    finally:
        _held = False
        if lock is not None:
            os.close(lock)


def _locked(lock: int) -> bool:
    try:
        if sys.platform == "win32":
            msvcrt.locking(lock, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    except (BlockingIOError, PermissionError):  # somebody else's
        return False


def folder(path: Path, lost: str) -> Path:
    """The folder, made where it is missing; what stands in its place is put aside."""
    with alone():
        if os.path.lexists(path) and not path.is_dir():
            set_aside(path, "is not a folder", lost)
        make_folder(path)
    return path


def set_aside(path: Path, problem: str, lost: str) -> None:
    """Give it another name, and say so, once. Nothing is ever deleted or written over."""
    names = (path.with_name(f"{path.name}.spoilt-{number}") for number in count(1))
    kept = next(name for name in names if not os.path.lexists(name))
    try:
        path.rename(kept)
        where = f"It is kept as {relative(kept)}."
    except OSError as error:
        where = f"It stays where it is ({error.strerror})."
    said = f"{relative(path)} {problem}. {where} {lost}"
    if said not in put_aside:
        put_aside.append(said)
        print(said, file=sys.stderr)
