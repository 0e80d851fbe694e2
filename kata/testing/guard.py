"""From scratch means from scratch: stops PyTorch calls that would do an exercise's work.

A call counts when milestone code makes it, under whatever name it was imported; tests may use
the same functions as oracles.
"""

import sys
from collections.abc import Generator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from pkgutil import resolve_name
from types import FrameType, MethodWrapperType
from typing import Any
from unittest.mock import patch

import torch
from torch.overrides import TorchFunctionMode

from kata.course.curriculum import Milestone, milestones
from kata.errors import KataError
from kata.paths import relative

TORCH = str(Path(torch.__file__).parent)
ELSEWHERE = str(Path(__file__).with_name("elsewhere.py"))


class NotFromScratch(KataError):
    """Milestone code called what it is there to build."""


@cache
def plain_name(name: str) -> str:
    """One name for every spelling of an operation: softmax.int, special_softmax, relu_."""
    return name.partition(".")[0].removeprefix("special_").strip("_")


@cache
def is_between(file: str) -> bool:
    """Whether code of that file only hands on what somebody else called."""
    return file.startswith((TORCH, __file__, ELSEWHERE, "<"))


class Guard(TorchFunctionMode):
    """Stops the forbidden functions while it is entered; classes see `guarded`."""

    def __init__(self, milestone: Milestone, exercise: str) -> None:
        super().__init__()
        self.exercise = exercise
        self.forbidden = {
            m.package: {plain_name(path.rpartition(".")[2]) for path in m.forbidden}
            for m in (*milestone.before, milestone)
        }

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        if type(func) is not MethodWrapperType:  # to read x.shape is no call
            self.stop(plain_name(getattr(func, "__name__", "")), sys._getframe(1))
        return func(*args, **(kwargs or {}))

    def stop(self, name: str, frame: FrameType | None) -> None:
        """Raises NotFromScratch where the first caller outside torch is milestone code.

        What torch itself wrote in Python, such as clip_grad_norm_, is known by its frame.
        """
        called = [name]
        while frame and is_between(frame.f_code.co_filename):
            called.append(plain_name(frame.f_code.co_name))
            frame = frame.f_back
        module = frame.f_globals.get("__name__", "") if frame else ""
        if not frame or not module.startswith("milestones."):
            return
        forbidden = self.forbidden.get(module.split(".")[1], ())
        if stopped := [name for name in called if name in forbidden]:
            where = f"{relative(frame.f_code.co_filename)}:{frame.f_lineno}"
            name = stopped[-1]  # the one that milestone code named
            raise NotFromScratch(f"{where} calls PyTorch's {name}. {self.instead(name)}")

    def instead(self, name: str) -> str:
        built = {exercise.lower(): exercise for m in milestones() for exercise in m.exercises}
        own = built.get(name.lower(), self.exercise)
        if own == self.exercise:
            return f"{own} is what you are building: write it from plain tensor operations."
        return f"Use your own {own}."


@cache
def forbidden_classes() -> dict[str, type]:
    """The classes of torch, such as layers and optimizers, that some milestone forbids, by path."""
    paths = sorted({path for m in milestones() for path in m.forbidden})
    found = {}
    for path in paths:
        with suppress(AttributeError):  # an operation that another version of torch has
            found[path] = resolve_name(path)
    return {path: kind for path, kind in found.items() if isinstance(kind, type)}


@contextmanager
def guarded(milestone: Milestone, exercise: str) -> Generator[None]:
    """Within the block neither forbidden functions nor forbidden classes work in milestone code."""
    guard = Guard(milestone, exercise)
    with ExitStack() as stack:
        for kind in forbidden_classes().values():
            stack.enter_context(patch.object(kind, "__init__", _watched(kind, guard)))
        stack.enter_context(guard)
        yield


def _watched(kind: type, guard: Guard) -> Any:
    original = kind.__init__

    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:
        guard.stop(kind.__name__, sys._getframe(1))
        original(self, *args, **kwargs)

    return __init__
