"""The code in hints can be typed as it stands: it parses, its calls fit, and its names are known.

pytest tests/kata/test_hints.py
"""

import ast
import builtins
import importlib
import inspect
import re
import sys
from contextlib import suppress

import pytest

from kata.course import trees
from kata.course.curriculum import milestones
from kata.learner import hints

EXERCISES = [(m, e) for m in milestones() for e in m.exercises]
EACH = pytest.mark.parametrize(
    ("of", "exercise"), EXERCISES, ids=[f"{m.id}-{e}" for m, e in EXERCISES]
)
MODULES = sys.stdlib_module_names | {"torch", "nn", "F", "np"}
OWN = {"hook", "record", "block", "tril"}  # what the learner writes, loops over, or calls as method
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


@EACH
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


@EACH
def test_what_a_hint_calls_is_imported_by_the_stub_or_given_or_made_in_the_hint(of, exercise):
    with trees.mounted("solutions"):
        solution = getattr(importlib.import_module(f"milestones.{of.package}"), exercise)
        imported = vars(builtins).keys() | vars(inspect.getmodule(solution)).keys()
        given = arguments(ast.parse(inspect.getsource(solution)))
    code = [parsed(text) for text in fragments(of, exercise)]
    known = imported | given | made(code)
    assert {name for tree in code for name in called(tree)} - known - OWN == set()


def called(tree):
    """The names of functions that it calls, and of modules that it looks into."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield node.func.id
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield from {node.value.id} & MODULES


def arguments(tree):
    return {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}


def made(code):
    """The names that the fragments give to values and to arguments of their own."""
    names = [n for tree in code for n in ast.walk(tree) if isinstance(n, ast.Name)]
    own = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    return own.union(*(arguments(tree) for tree in code))


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
