"""Imports a milestone so that one broken file costs only the exercises in it.

What cannot be imported is replaced by a stand-in that says why as soon as a test uses it.
"""

import importlib
import re
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

from torch.optim import Optimizer

from kata.course import trees
from kata.course.curriculum import Milestone
from kata.errors import KataError
from kata.paths import relative
from kata.testing.guard import forbidden_classes
from kata.testing.time_limit import TimeIsUp, time_limit

IMPORT_SECONDS = 20


class BrokenPart(KataError):
    """A part that could not be imported, or is not the learner's own; the message says why."""


class BrokenModule(ModuleType):
    """Stands in for a module that could not be imported: every name in it is a stand-in."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(name)
        self._reason = reason
        self.__dict__["__path__"] = []  # it may stand in for a package

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return stand_in(name, self._reason)


def stand_in(name: str, reason: str) -> type:
    def refuse(*_: Any, **__: Any) -> NoReturn:
        raise BrokenPart(reason)

    return type(name, (), {"__new__": refuse, "__module__": "milestones.stand_in"})


def open_room(milestone: Milestone) -> None:
    """Import the milestone's package; afterwards every exercise is an attribute of it."""
    package = f"milestones.{milestone.package}"
    while package not in sys.modules:
        try:
            with time_limit(IMPORT_SECONDS):
                importlib.import_module(package)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            _replace_the_culprit(error, package)
    room = sys.modules[package]
    for exercise in milestone.exercises:
        if reason := _unfit(getattr(room, exercise, None), exercise, package):
            setattr(room, exercise, stand_in(exercise, reason))


def _unfit(part: Any, exercise: str, package: str) -> str:
    """Why the part is not the learner's own work; empty where it is."""
    where = f"{package.replace('.', '/')}/__init__.py"
    if part is None:
        return f"{where} does not hand on `{exercise}`: was it renamed?"
    if not (getattr(part, "__module__", None) or "").startswith("milestones."):
        if not callable(part):
            return f"`{exercise}` in {where} is {part!r:.60}, not a function or a class"
        return f"`{exercise}` in {where} is not defined in your code: build it yourself"
    for path, kind in forbidden_classes().items():
        if isinstance(part, type) and issubclass(part, kind):
            base = "torch.optim.Optimizer" if issubclass(kind, Optimizer) else "nn.Module"
            return f"`{exercise}` inherits from {path}: inherit from {base} and build it yourself"
    return ""


def _replace_the_culprit(error: BaseException, package: str) -> None:
    """Put a stand-in where the import failed, so that the next try gets past it."""
    owner = getattr(error, "name", None) or ""
    missing = re.search(r"cannot import name '(\w+)'", str(error))
    if isinstance(error, ModuleNotFoundError) and owner.startswith("milestones."):
        file = owner.replace(".", "/") + ("/" if owner == package else ".py")
        reason = f"{file} is missing: was it renamed or moved?"
        sys.modules[owner] = BrokenModule(owner, reason)
    elif missing and isinstance(sys.modules.get(owner), ModuleType) and owner != package:
        name = missing[1]
        file = relative(sys.modules[owner].__file__ or owner)
        reason = f"{file} defines no `{name}`: was it renamed?"
        setattr(sys.modules[owner], name, stand_in(name, reason))
    else:
        file, line, module = _place(error, package)
        text = f"{type(error).__name__}: {error.msg if isinstance(error, SyntaxError) else error}"
        text = f"Its import {error}" if isinstance(error, TimeIsUp) else text
        sys.modules[module] = BrokenModule(
            module, f"{relative(file)}:{line} cannot be imported. {text}"
        )


def _place(error: BaseException, package: str) -> tuple[str, int, str]:
    """File, line and module of the milestone code whose import failed."""
    trace = traceback.extract_tb(error.__traceback__)
    places = [(frame.filename, frame.lineno or 0) for frame in trace if frame.name == "<module>"]
    if isinstance(error, SyntaxError) and error.filename:
        places.append((error.filename, error.lineno or 0))
    elif isinstance(error, (SyntaxError, UnicodeDecodeError)):
        # No text at all, or not in UTF-8: then only the loader knows the file.
        frames = traceback.walk_tb(error.__traceback__)
        loaders = [frame.f_locals.get("path") for frame, _ in frames]
        line = 1
        if isinstance(error, UnicodeDecodeError):
            line += error.object.count(b"\n", 0, error.start)
        places += [(path, line) for path in loaders if isinstance(path, str)]
    folders = trees.search_path(trees.current())
    inside = [place for place in places if trees.contains(place[0], folders)]
    if not inside:
        return package.replace(".", "/"), 0, package
    file, line = inside[-1]
    module = Path(file).with_suffix("").parts[-2:]
    return file, line, ".".join(["milestones", *module]).removesuffix(".__init__")
