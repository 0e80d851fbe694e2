"""Enforces signatures, each from its function's first call on.

beartype writes the check of a signature as Python and compiles it. For a whole package that takes
longer than most tests, which call a few of its functions.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from beartype import beartype
from jaxtyping import AnnotationError
from torch._C import DisableTorchFunction

# jaxtyping takes any error of a check for a broken signature, but for one of this kind.
TooDeep = type("RecursionError", (AnnotationError, RecursionError), {})


def typechecked(function: Callable[..., Any]) -> Callable[..., Any]:
    """What `--jaxtyping-packages` of pyproject.toml names, for all code of the milestones."""
    if function.__annotations__.get("return", Any) is not Any:
        # The second of jaxtyping's two checks, of the result: the arguments were the first's.
        function.__annotations__ = {"return": function.__annotations__["return"]}
    checked = None

    @wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        nonlocal checked
        if checked is None:
            checked = beartype(function)
        try:
            with DisableTorchFunction():  # the guard need not see what the check reads
                return checked(*args, **kwargs)
        except RecursionError as error:
            raise TooDeep(*error.args) from None

    return call
