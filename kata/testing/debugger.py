"""`breakpoint()` in a learner's code works in a terminal; elsewhere it says where it does."""

import pdb
import sys
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from typing import Any, NoReturn

import pytest

from kata.course.curriculum import Milestone
from kata.errors import KataError
from kata.paths import relative


@cache
def _has_terminal(config: pytest.Config) -> bool:
    """Whether somebody can type into this run: pytest itself hides its standard input."""
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    capture.suspend(in_=True)
    try:
        return sys.stdin.isatty()
    finally:
        capture.resume()


@contextmanager
def answered(config: pytest.Config, milestone: Milestone, exercise: str) -> Generator[None]:
    """Within the block a debugger has somebody who answers it, or is refused by KataError."""
    if _has_terminal(config):
        yield
        return

    def refuse(*_: Any, **__: Any) -> NoReturn:
        frame = sys._getframe(1)
        raise KataError(
            f"{relative(frame.f_code.co_filename)}:{frame.f_lineno} opens a debugger, which needs "
            "a terminal of its own, and this run has none. Take the line out, or type in a "
            f"terminal: nox -s {milestone.id} -- {exercise}"
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdb, "set_trace", refuse)
        yield


@contextmanager
def ignored() -> Generator[None]:
    """Within the block code runs past its breakpoints."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdb, "set_trace", lambda *_, **__: None)
        yield
