"""What signatures say, as text: the course's own, and what a learner's file makes of them.

signatures.json holds those of the stubs, written by `nox -s stubs`: the copy that a judge makes
and an edition for exams have no solutions that could tell.
"""

import ast
import json
import threading
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("signatures.json")
RETURN = "return"
ONE_AT_A_TIME = threading.Lock()  # Python 3.11 counts the depth of all threads' trees as one

Annotations = dict[str, dict[str, str]]  # by a function's qualified name, then by the parameter's


def parsed(source: str) -> ast.Module:
    """The tree of the source, in any thread. Raises SyntaxError, whatever the source holds."""
    try:
        with ONE_AT_A_TIME:
            return ast.parse(source)
    except (ValueError, RecursionError, MemoryError) as error:  # null bytes, or nested too deep
        raise SyntaxError(f"{error}") from None


@cache
def written(source: str) -> Annotations:
    """The annotations of every function in the source, as ast.unparse writes them.

    `return` is the result's. A dataclass' fields are those of its `__init__`. Where a function is
    written twice only what both say counts. Raises SyntaxError.
    """
    found: Annotations = {}
    _collect(parsed(source), "", found)
    return found


@cache
def of_the_course() -> dict[str, Annotations]:
    """The annotations of the stubs, by the package of their milestone."""
    return json.loads(FILE.read_text("utf-8"))


def promised(module: str, source: str, function: str) -> set[str]:
    """The parameters, and `return`, whose annotations in the source are the course's own.

    module: of the source, `milestones.m01_mlp.layers`; function: its qualified name.
    """
    package = module.split(".")[1:2]
    course = of_the_course().get(package[0], {}) if package else {}
    if function not in course:
        return set()
    try:
        own = written(source).get(function, {})
    except SyntaxError:  # Python imports deeper code than ast can show
        return set()
    return {name for name, _ in own.items() & course[function].items()}


def _collect(node: ast.AST, prefix: str, found: Annotations) -> None:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.ClassDef):
            name = f"{prefix}{child.name}"
            if fields := _fields(child):
                found[f"{name}.__init__"] = fields
            _collect(child, f"{name}.", found)
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            name, said = f"{prefix}{child.name}", _annotations(child)
            before = found.get(name, said)
            found[name] = {key: text for key, text in said.items() if before.get(key) == text}
            _collect(child, f"{name}.<locals>.", found)
        elif not isinstance(child, ast.expr):  # that may be deep, and defines nothing
            _collect(child, prefix, found)


def _annotations(function: ast.FunctionDef | ast.AsyncFunctionDef) -> dict[str, str]:
    given = function.args
    every = [*given.posonlyargs, *given.args, *given.kwonlyargs, given.vararg, given.kwarg]
    said = {a.arg: ast.unparse(a.annotation) for a in every if a and a.annotation}
    return said | ({RETURN: ast.unparse(function.returns)} if function.returns else {})


def _fields(kind: ast.ClassDef) -> dict[str, str]:
    """The fields of a dataclass, which are the parameters of the `__init__` that it gets."""
    if not any("dataclass" in ast.unparse(decorator) for decorator in kind.decorator_list):
        return {}
    return {
        one.target.id: ast.unparse(one.annotation)
        for one in kind.body
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }
