"""What a failing test had just called: the call into milestone code, and its arguments."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FrameType, FunctionType, TracebackType

from torch import Tensor

from kata.check import describe


def last_call(trace: TracebackType | None, test_file: str) -> tuple[str, list[str]]:
    """The last call into milestone code that the test wrote, and a line for each argument.

    The test's own frame is the one to read: `softmax(x, dim=0)`, `x: float32 (2, 3)`. A function
    of the test file that calls milestone code will do: `rates(range(7), 1.0)`.
    Two empties where the failure came before any such call.
    """
    frame, line = None, 0
    while trace:
        if trace.tb_frame.f_code.co_filename == test_file:
            frame, line = trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
    return call_at(frame, line) if frame else ("", [])


def call_at(frame: FrameType, line: int) -> tuple[str, list[str]]:
    """The same, for a frame of the test that stands at that line."""
    for statement in _statements_back_from(frame.f_code.co_filename, line):
        calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
        for leads_there in (_is_milestone_code, _calls_milestone_code):
            for call in map(_as_made, calls):
                if leads_there(_lookup(_root(call.func), frame)):
                    return ast.unparse(call), _arguments(call, frame)
    return "", []


def compared_at(frame: FrameType) -> str:
    """What the check at which a frame of a test stands compares: `x.grad`."""
    for statement in _statements_back_from(frame.f_code.co_filename, frame.f_lineno):
        for node in ast.walk(statement):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("check."):
                ends = node.end_lineno or node.lineno
                if node.args and node.lineno <= frame.f_lineno <= ends:
                    return ast.unparse(node.args[0])
    return ""


@cache
def _functions(file: str) -> list[ast.FunctionDef]:
    tree = ast.parse(Path(file).read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _statements_back_from(file: str, line: int) -> list[ast.stmt]:
    """The statements of the function at that line, from the one at the line to the first."""
    functions = [f for f in _functions(file) if f.lineno <= line <= (f.end_lineno or 0)]
    body = functions[-1].body if functions else []
    return [statement for statement in reversed(body) if statement.lineno <= line]


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _lookup(name: str, frame: FrameType) -> object:
    return frame.f_locals.get(name, frame.f_globals.get(name))


def _as_made(call: ast.Call) -> ast.Call:
    """The call itself, or the one that check.raises makes."""
    if ast.unparse(call.func) == "check.raises":
        return ast.Call(call.args[1], call.args[2:], [])
    return call


def _calls_milestone_code(value: object) -> bool:
    """Whether it is a function of a test file that does."""
    if not isinstance(value, FunctionType):
        return False
    if not Path(value.__code__.co_filename).name.startswith("test_"):
        return False
    return any(_is_milestone_code(value.__globals__.get(name)) for name in _names(value.__code__))


def _names(code: CodeType) -> Iterator[str]:
    """The global names that a function uses, those of the functions inside of it included."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)


def _is_milestone_code(value: object) -> bool:
    module = getattr(value, "__module__", None) or type(value).__module__
    return str(module).startswith("milestones.")


def _arguments(call: ast.Call, frame: FrameType) -> list[str]:
    inputs = [*call.args, *(keyword.value for keyword in call.keywords)]
    names = [node.id for part in inputs for node in ast.walk(part) if isinstance(node, ast.Name)]
    lines = []
    for name in dict.fromkeys(names):
        value = _lookup(name, frame)
        if isinstance(value, Tensor):
            lines.append(f"{name}: {describe(value.detach(), values=value.numel() <= 8)}")
        elif isinstance(value, tuple | list) and any(isinstance(v, Tensor) for v in value):
            parts = (describe(v.detach(), False) for v in value if isinstance(v, Tensor))
            lines.append(f"{name}: {', '.join(parts)}")
        elif isinstance(value, bool | int | float | str | tuple | list):
            lines.append(f"{name} = {value!r:.60}")
    return lines
