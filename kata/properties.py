"""Properties: how hypothesis draws their arguments, and which ones a test ran on."""

import contextlib
from collections.abc import Generator
from functools import wraps
from typing import Any

from hypothesis import Phase, is_hypothesis_test, settings

from kata.failure import is_timeout
from kata.outcomes import start_afresh

settings.register_profile(
    "kata",
    deadline=None,
    derandomize=True,
    database=None,
    max_examples=25,
    report_multiple_bugs=False,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)


class EndlessExample(BaseException):
    """A timeout within a property; unlike pytest's own, hypothesis does not try it again."""


@contextlib.contextmanager
def watched_examples(test: Any) -> Generator[dict[str, Any]]:
    """Yields a dict that holds, at the end, the arguments on which a property failed last."""
    example: dict[str, Any] = {}
    if not is_hypothesis_test(test):
        yield example
        return
    inner = test.hypothesis.inner_test

    @wraps(inner)
    def watched(*args: Any, **kwargs: Any) -> None:
        start_afresh()
        example.clear()
        example.update(kwargs)
        try:
            inner(*args, **kwargs)
        except BaseException as error:
            if is_timeout(error):
                raise EndlessExample(str(error)).with_traceback(error.__traceback__) from None
            raise

    test.hypothesis.inner_test = watched
    try:
        yield example
    finally:
        test.hypothesis.inner_test = inner


_drawn: dict[str, list[dict[str, Any]]] = {}


def examples(test: Any, id: str, params: dict[str, Any]) -> list[dict[str, Any]]:
    """What hypothesis draws for a property. Its seed is the test's own: always the same."""
    if id not in _drawn:
        drawn = _drawn[id] = []
        inner = test.hypothesis.inner_test

        @wraps(inner)
        def note(**arguments: Any) -> None:
            drawn.append(arguments)

        test.hypothesis.inner_test = note
        try:
            test(**params)
        finally:
            test.hypothesis.inner_test = inner
    return _drawn[id]
