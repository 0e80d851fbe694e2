"""Enforces the course's signatures, each from its function's first call on.

beartype writes the check of a signature as Python and compiles it. For a whole package that takes
longer than most tests, which call a few of its functions. What learners annotate themselves is
their own affair: a `float` that is given 1 is no mistake in code that is right.
"""

import sys
from collections.abc import Callable, Collection
from functools import wraps
from types import FunctionType, ModuleType, UnionType
from typing import Any, Union
from weakref import WeakKeyDictionary

from beartype import BeartypeConf, beartype
from jaxtyping import AnnotationError
from torch._C import DisableTorchFunction

from kata.course import annotations
from kata.course.annotations import RETURN

# jaxtyping takes any error of a check for a broken signature, but for one of this kind.
TooDeep = type("RecursionError", (AnnotationError, RecursionError), {})
check_of = beartype(conf=BeartypeConf(is_pep484_tower=True))  # an int will do for a float

_sources: WeakKeyDictionary[ModuleType, str] = WeakKeyDictionary()  # as they were imported
_refused: Collection[str] = ()  # what was enforced where arguments were refused last


def typechecked(function: FunctionType) -> Callable[..., Any]:
    """What `--jaxtyping-packages` of pyproject.toml names, for all code of the milestones."""
    module, name = function.__module__, function.__qualname__
    if name == "check_single_arg":  # jaxtyping's, to find which of the refused arguments it was
        return checked(function, lambda: _refused)
    source = _source(module)
    return checked(function, lambda: annotations.promised(module, source, name))


def checked(
    function: Callable[..., Any], enforced: Callable[[], Collection[str]]
) -> Callable[..., Any]:
    """The function with a check of those of its parameters, and `return`: asked for once."""
    result = function.__annotations__.get(RETURN, Any) is not Any
    check = names = None

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal check, names
        global _refused
        if check is None:
            # The second of jaxtyping's two checks is the result's: the arguments were the first's.
            names = {RETURN}.intersection(enforced()) if result else enforced()
            check = _enforce(function, names)
        try:
            with DisableTorchFunction():  # the guard need not see what the check reads
                return check(*args, **kwargs)
        except RecursionError as error:
            raise TooDeep(*error.args) from None
        except Exception as error:
            _refused = names or ()
            # The check's own lines have another name each time, which looks flaky to hypothesis.
            raise error.with_traceback(None) from None

    return call


def _enforce(function: Callable[..., Any], names: Collection[str]) -> Callable[..., Any]:
    kept = {name: kind for name, kind in function.__annotations__.items() if name in names}
    # beartype takes `LlamaCache | None` of two trees for one, since they print alike.
    for name, kind in kept.items():
        if isinstance(kind, UnionType):
            kept[name] = Union[kind.__args__]  # noqa: UP007
    function.__annotations__ = kept
    return check_of(function) if kept else function


def _source(name: str) -> str:
    """The text of a module that is being imported; empty where nothing can tell it."""
    module = sys.modules.get(name)
    if module is None:
        return ""
    if module not in _sources:
        loader = getattr(module.__spec__, "loader", None)
        _sources[module] = (loader.get_source(name) if loader else None) or ""
    return _sources[module]
