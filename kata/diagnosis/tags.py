"""What each test of an exercise gives to the part that it tests, in words: "give `mask`".

Noted while the tests run on the reference, so that nothing of the learner's has a say in it.
"""

import inspect
from collections.abc import Callable, Generator, Iterable
from contextlib import ExitStack, contextmanager
from functools import cache, wraps
from typing import Any
from unittest.mock import patch

import torch
from torch import Tensor, nn

from kata.course.curriculum import Milestone
from kata.diagnosis.replay import Case, Replay, up_to
from kata.testing.check import going_on

LARGE = 50.0  # exp of that still fits into float32, of its double no more


def tags(of: Milestone, exercise: str, tests: Iterable[Case]) -> dict[Case, set[str]]:
    """For each test the phrases that hold for at least one of its calls."""
    return {test: _tags_of(of, exercise, test) for test in tests}


def parameters(of: Milestone, exercise: str) -> set[str]:
    """The names of what the part is given, when it is made or called."""
    part = _part(of, exercise)
    called = [part.__init__, part.forward] if hasattr(part, "forward") else [part]
    return {name for one in called for name in inspect.signature(one).parameters}


def _part(of: Milestone, exercise: str) -> Any:
    return getattr(up_to(of, shapes=False)[f"milestones.{of.package}"], exercise)


@cache
def _tags_of(of: Milestone, exercise: str, test: Case) -> set[str]:
    part = _part(of, exercise)
    reference = Replay("solutions", shapes=False, imported=up_to(of, shapes=False))
    found: set[str] = set()
    with _noted(reference, test, exercise, part, found), going_on():
        reference.sees(test)
    return found


@contextmanager
def _noted(
    reference: Replay, test: Case, exercise: str, part: Any, found: set[str]
) -> Generator[None]:
    """Within the block each call of the part adds what holds for its arguments."""

    def noting(function: Callable[..., Any]) -> Callable[..., Any]:
        signature = inspect.signature(function)

        @wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            found.update(_phrases(signature, args, kwargs))
            return function(*args, **kwargs)

        return call

    if isinstance(part, type):
        places = [(part, name) for name in ("__init__", "forward", "step") if name in vars(part)]
    else:
        with reference.mounted():
            places = [(reference.module(test.file), exercise)]
    with ExitStack() as stack:
        for owner, name in places:
            stack.enter_context(patch.object(owner, name, noting(vars(owner)[name])))
        yield


def _phrases(
    signature: inspect.Signature, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Generator[str]:
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError:  # a call that shall fail
        return
    layer = given.get("self")
    if isinstance(layer, nn.Module) and "training" in vars(layer):  # not in its __init__
        yield "run in training mode" if layer.training else "run in eval mode"
    for name, parameter in signature.parameters.items():
        if parameter.default is not parameter.empty:
            is_given = name in given and given[name] is not parameter.default
            yield f"give `{name}`" if is_given else f"leave `{name}` at its default"
    for name, value in given.items():
        if isinstance(value, nn.Module) and name != "self":
            yield "run in training mode" if value.training else "run in eval mode"
        if isinstance(value, Tensor):
            yield from _phrases_of_tensor(name, value)


def _phrases_of_tensor(name: str, value: Tensor) -> Generator[str]:
    if value.dtype is torch.float64:
        yield "use float64"
    if value.requires_grad:
        yield "ask for a gradient"
    if not value.is_contiguous():
        yield f"give `{name}` in another order in memory"
    if value.ndim and value.numel() == 0:
        yield f"give an empty `{name}`"
    elif value.dtype is torch.bool and value.ndim and not value.any(-1).all():
        yield f"hide a whole row in `{name}`"
    elif value.is_floating_point() and value.numel() and value.abs().max() > LARGE:
        yield f"give numbers above {LARGE:.0f} in `{name}`"
    yield f"give `{name}` with {value.ndim} {'axis' if value.ndim == 1 else 'axes'}"
