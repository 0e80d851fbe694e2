"""Properties: how hypothesis draws their arguments, and what a run of one records."""

import contextlib
import copy
from collections.abc import Generator
from functools import wraps
from inspect import signature
from typing import Any

import pytest
from hypothesis import Phase, is_hypothesis_test, settings

from kata.testing.failure import sayable
from kata.testing.outcomes import start_afresh

settings.register_profile(
    "kata",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=25,
    report_multiple_bugs=False,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)


@contextlib.contextmanager
def watched(test: Any) -> Generator[None]:
    """Within the block what is recorded is of a property's last example."""
    if not is_hypothesis_test(test):
        yield
        return
    inner = test.hypothesis.inner_test

    @wraps(inner)
    def run(*args: Any, **kwargs: Any) -> None:
        start_afresh()
        with sayable():  # hypothesis asks for an exception's text, too
            inner(*args, **kwargs)

    test.hypothesis.inner_test = run
    try:
        yield
    finally:
        test.hypothesis.inner_test = inner


_drawn: dict[tuple[str, str], list[dict[str, Any]]] = {}


def examples(test: Any) -> list[dict[str, Any]]:
    """What hypothesis draws for a property. Its seed is the test's own: always the same."""
    inner = test.hypothesis.inner_test
    key = _name(inner)
    if key not in _drawn:
        params = dict.fromkeys(signature(test).parameters)  # what pytest gives: nothing is run
        drawn = _drawn[key] = []

        @wraps(inner)
        def note(**arguments: Any) -> None:
            drawn.append({k: v for k, v in arguments.items() if k not in params})

        test.hypothesis.inner_test = note
        try:
            test(**params)
        finally:
            test.hypothesis.inner_test = inner
    return _drawn[key]


@contextlib.contextmanager
def drawn_before(item: pytest.Function) -> Generator[None]:
    """Within the block a property whose examples are known runs on them without hypothesis.

    Where one fails, hypothesis looks for the simplest that does.
    """
    test: Any = item.obj
    if not is_hypothesis_test(test) or _name(test.hypothesis.inner_test) not in _drawn:
        yield
        return

    @wraps(test.hypothesis.inner_test)
    def run(**params: Any) -> None:
        with contextlib.suppress(Exception):
            for example in examples(test):
                test.hypothesis.inner_test(**params, **copy.deepcopy(example))
            return
        test(**params)

    item.obj = run
    try:
        yield
    finally:
        item.obj = test


def _name(function: Any) -> tuple[str, str]:
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function.__code__.co_filename, function.__qualname__
