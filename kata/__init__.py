"""The engine: runs the tests, shows the board, names the misconception. Learners never need it.

Imported by itself it loads nothing: what is published needs Python alone.
"""

from importlib import import_module
from types import ModuleType

FOR_TESTS = ("check", "sight", "elsewhere", "layouts")  # what a test may import from here


def __getattr__(name: str) -> ModuleType:
    if name in FOR_TESTS:
        return import_module(f"kata.testing.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
