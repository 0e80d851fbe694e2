"""A learner's clone, and a terminal in which a command runs: what is on its screen, keys for it."""

import os
import shutil
import sys
import time
from pathlib import Path

import pexpect
import pyte

from kata.course import stubs
from kata.paths import ROOT

SECONDS = 60  # to wait for anything at all: the machine may be busy
ROWS = 120  # so that nothing scrolls away


def clone_into(folder: Path) -> Path:
    """A repository of a learner's own, with nothing done yet; its path is not an easy one."""
    clone = folder / "ka ta é"
    skip = shutil.ignore_patterns("__pycache__")
    for name in ("kata", "solutions", "tests"):
        shutil.copytree(ROOT / name, clone / name, ignore=skip)
    stubs.write(clone / "milestones")
    for source in [*ROOT.glob("milestones/*.*"), *ROOT.glob("milestones/*/*.md")]:
        target = clone / source.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, target)
    for name in ("conftest.py", "pyproject.toml", "CHECKLIST.md"):
        shutil.copy(ROOT / name, clone / name)
    return clone


class Terminal:
    """python -m kata in a pseudo-terminal."""

    def __init__(self, clone: Path, *arguments: str, columns: int = 90, **settings: str) -> None:
        ours = ("KATA_", "PYTEST_", "PYTHON", "COLUMNS", "LINES")  # xdist sets a width
        kept = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
        self._screen = pyte.Screen(columns, ROWS)
        self._stream = pyte.ByteStream(self._screen)
        self.process = pexpect.spawn(
            sys.executable,
            ["-m", "kata", *arguments],
            cwd=str(clone),
            dimensions=(ROWS, columns),
            env={**kept, "TERM": "xterm-256color", "PYTHONPATH": str(clone), **settings},
        )
        self.raw = b""

    @property
    def text(self) -> str:
        """What is on the screen now."""
        self._read(0)
        return "\n".join(line.rstrip() for line in self._screen.display).rstrip()

    def until(self, *words: str) -> str:
        """Wait until all of the words are on the screen together; returns the screen."""
        end = time.monotonic() + SECONDS
        while not all(word in self.text for word in words):
            assert time.monotonic() < end, f"no {words} on the screen:\n{self.text}"
            self._read(0.05)
        return self.text

    def press(self, keys: str) -> None:
        self.process.send(keys)

    def ended(self) -> int:
        """Wait for its end; the exit code."""
        while self._read(0.05):
            pass
        self.process.close()
        return self.process.exitstatus

    def _read(self, seconds: float) -> bool:
        """Take over what has been printed; whether there can be more."""
        if self.process.closed:
            return False
        try:
            printed = self.process.read_nonblocking(1 << 16, seconds)
        except pexpect.TIMEOUT:
            return True
        except pexpect.EOF:
            return False
        self.raw += printed
        self._stream.feed(printed)
        return True
