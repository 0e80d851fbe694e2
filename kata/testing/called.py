"""What a failing test had just called, with which arguments, and what of it a check looked at."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import CodeType, FrameType, FunctionType, TracebackType
from typing import NamedTuple

from torch import Tensor

from kata.testing.check import describe

COMPARISONS = ("check.close", "check.equal")


class Called(NamedTuple):
    """`softmax(x, dim=0)`, a line for each argument, and what was compared if not its value."""

    call: str
    arguments: list[str]
    compared: str


def last_call(trace: TracebackType | None, test_file: str) -> Called:
    """The last call into milestone code that the test wrote, where the test's own frame stands.

    A function of the test file that calls milestone code will do: `rates(range(7), 1.0)`.
    Empty where the failure came before any such call.
    """
    frame, line = None, 0
    while trace:
        if trace.tb_frame.f_code.co_filename == test_file:
            frame, line = trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next
    return call_at(frame, line) if frame else Called("", [], "")


def call_at(frame: FrameType, line: int) -> Called:
    """The same, for a frame of the test that stands at that line."""
    for statement in _statements_back_from(frame.f_code.co_filename, line):
        calls = [node for node in ast.walk(statement) if isinstance(node, ast.Call)]
        for leads_there in (_is_milestone_code, _calls_milestone_code):
            for call in map(_as_made, calls):
                if leads_there(_lookup(_root(call.func), frame)):
                    compared = _compared(frame, line)
                    handed_in = _is_handed_in(compared, call, statement)
                    lines = _arguments(call, frame, but=_root(compared) if handed_in else "")
                    words = _in_words(compared, call, handed_in, frame)
                    return Called(ast.unparse(call), lines, words)
    return Called("", [], "")


def compared_at(frame: FrameType) -> str:
    """What the check at which a frame of a test stands compares: `x.grad`."""
    compared = _compared(frame, frame.f_lineno)
    return ast.unparse(compared) if compared else ""


def _compared(frame: FrameType, line: int) -> ast.expr | None:
    for statement in _statements_back_from(frame.f_code.co_filename, line):
        for node in ast.walk(statement):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            if ast.unparse(node.func) not in COMPARISONS:
                continue
            if node.lineno <= line <= (node.end_lineno or node.lineno):
                return (
                    _as_made(node.args[0]) if isinstance(node.args[0], ast.Call) else node.args[0]
                )
    return None


def _is_handed_in(compared: ast.expr | None, call: ast.Call, statement: ast.stmt) -> bool:
    """Whether an argument of the call is compared, which the call's own line does not make anew."""
    names = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
    made = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    inputs = [*call.args, *(keyword.value for keyword in call.keywords)]
    plain = isinstance(compared, ast.Name | ast.Subscript)
    return plain and _root(compared) in {_root(part) for part in inputs} - made


def _in_words(compared: ast.expr | None, call: ast.Call, handed_in: bool, frame: FrameType) -> str:
    """In words, where it is not what the call gave back: `x, after the call`."""
    if compared is None or ast.dump(compared) == ast.dump(call):
        return ""
    text = ast.unparse(_Filled(frame).visit(ast.parse(ast.unparse(compared), mode="eval")))
    if handed_in:
        return f"{text}, after the call"
    if text.endswith(".grad"):
        return f"the gradient of {text.removesuffix('.grad')}"
    return "" if isinstance(compared, ast.Name) else text


class _Filled(ast.NodeTransformer):
    """Puts in what a variable names: layer.get_parameter('bias')."""

    def __init__(self, frame: FrameType) -> None:
        self.frame = frame

    def visit_Name(self, node: ast.Name) -> ast.expr:
        value = _lookup(node.id, self.frame)
        return ast.Constant(value) if isinstance(value, str) else node


@cache
def _functions(file: str) -> list[ast.FunctionDef]:
    tree = ast.parse(Path(file).read_text("utf-8"))
    return [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]


def _statements_back_from(file: str, line: int) -> list[ast.stmt]:
    """The statements of the function at that line, from the one at the line to the first."""
    functions = [f for f in _functions(file) if f.lineno <= line <= (f.end_lineno or 0)]
    body = functions[-1].body if functions else []
    return [statement for statement in reversed(body) if statement.lineno <= line]


def _root(node: ast.expr | None) -> str:
    while isinstance(node, ast.Attribute | ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def _lookup(name: str, frame: FrameType) -> object:
    return frame.f_locals.get(name, frame.f_globals.get(name))


def _as_made(call: ast.Call) -> ast.Call:
    """The call itself, or the one that check.raises or elsewhere makes."""
    match ast.unparse(call.func):
        case "check.raises":
            return ast.Call(call.args[1], call.args[2:], [])
        case "elsewhere":
            return ast.Call(call.args[0], call.args[1:], call.keywords)
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


def _arguments(call: ast.Call, frame: FrameType, but: str = "") -> list[str]:
    """but: the name of one to leave out, since it is not any more what it was."""
    inputs = [*call.args, *(keyword.value for keyword in call.keywords)]
    names = [node.id for part in inputs for node in ast.walk(part) if isinstance(node, ast.Name)]
    lines = []
    for name in dict.fromkeys(name for name in names if name != but):
        value = _lookup(name, frame)
        if isinstance(value, Tensor):
            lines.append(f"{name}: {describe(value.detach(), values=value.numel() <= 8)}")
        elif isinstance(value, tuple | list) and any(isinstance(v, Tensor) for v in value):
            parts = (describe(v.detach(), False) for v in value if isinstance(v, Tensor))
            lines.append(f"{name}: {', '.join(parts)}")
        elif isinstance(value, bool | int | float | str | tuple | list):
            lines.append(f"{name} = {value!r:.60}")
    return lines
