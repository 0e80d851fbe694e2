"""The code in hints can be typed as it stands: it parses, and its calls fit.

pytest tests/kata/test_hints.py
"""

import ast
import builtins
import importlib
import inspect
import re
from contextlib import suppress

import pytest

from kata import hints, trees
from kata.curriculum import milestones

EXERCISES = [(m, e) for m in milestones() for e in m.exercises]
WHOLE = (  # what a fragment may need around it
    "{}",
    "_ {}",
    "{}: pass",
    "{} pass",
    "if _: pass\n{}",
    "try: pass\n{}: pass",
    "{}: pass\nfinally: pass",
)


def fragments(of, exercise):
    """The code of all three hints."""
    for level in hints.levels(of, exercise):
        yield from (" ".join(text.split()) for text in re.findall(r"`([^`]+)`", level))


def parsed(fragment):
    for whole in WHOLE:
        with suppress(SyntaxError):
            return ast.parse(whole.format(fragment))
    raise AssertionError(f"no Python: {fragment}")


@pytest.mark.parametrize(("of", "exercise"), EXERCISES, ids=[f"{m.id}-{e}" for m, e in EXERCISES])
def test_the_code_in_a_hint_parses_and_its_calls_fit(of, exercise):
    with trees.mounted("solutions"):
        room = importlib.import_module(f"milestones.{of.package}")
        module = inspect.getmodule(getattr(room, exercise))
        known = vars(builtins) | vars(module)
        for text in fragments(of, exercise):
            for node in ast.walk(parsed(text)):
                if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                    continue
                function = known.get(node.func.id)
                assert function is None or fits(function, node), text


def fits(function, call):
    """Whether the function takes so many arguments by these names."""
    if any(isinstance(one, ast.Starred) or getattr(one, "value", 0) is ... for one in call.args):
        return True  # more than one, or left out
    with suppress(TypeError):
        signature_of(function).bind(*call.args, **{k.arg: k for k in call.keywords if k.arg})
        return True
    return False


def signature_of(function):
    """PyTorch's builtins have it in the first line of their docstrings alone."""
    with suppress(ValueError):
        return inspect.signature(function)
    told = re.match(r"\s*\w+\((.*?)\) -> \(?Tensor", function.__doc__ or "")
    with suppress(SyntaxError):
        return inspect.signature(eval(f"lambda {told[1]}: 0" if told else ""))
    return inspect.signature(lambda *_, **__: 0)
