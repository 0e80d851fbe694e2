"""Where in a learner's code an exception came up: the frame, and the expression that failed."""

import ast
import dis
import linecache
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import FrameType, TracebackType

from kata.course.annotations import parsed
from kata.paths import ROOT

TESTS = ROOT / "tests"
LONGEST = 60  # characters of code in a sentence


@dataclass(frozen=True)
class Place:
    """The innermost frame of the learner's, and what the interpreter was at there."""

    frame: FrameType
    node: ast.expr | ast.stmt
    statement: ast.stmt
    function: ast.FunctionDef | None  # that it stands in
    source: str  # of the whole file

    def code(self, node: ast.AST) -> str:
        """As the learner typed it, in one line."""
        code = " ".join((ast.get_source_segment(self.source, node) or "").split())
        return code.replace(" .", ".")  # of a chain over several lines

    def quoted(self, node: ast.AST, longest: int = LONGEST) -> str:
        """The same in backticks; empty where it is too long for a sentence."""
        code = self.code(node)
        return f"`{code}`" if 0 < len(code) <= longest and "`" not in code else ""

    def line(self) -> str:
        """The code that failed; of a statement, or of what it assigns to, its first line."""
        if isinstance(self.node, ast.stmt) or isinstance(getattr(self.node, "ctx", 0), ast.Store):
            return self.source.splitlines()[self.statement.lineno - 1].strip()
        return self.code(self.node)


def steps(trace: TracebackType | None) -> Iterator[TracebackType]:
    while trace:
        yield trace
        trace = trace.tb_next


def innermost(trace: TracebackType | None, in_tree: Callable[[str], bool]) -> Place | None:
    """None where the exception came from elsewhere, such as from a test's function."""
    files = [step.tb_frame.f_code.co_filename for step in steps(trace)]
    last = max((i for i, file in enumerate(files) if in_tree(file)), default=None)
    if last is None or any(Path(file).is_relative_to(TESTS) for file in files[last + 1 :]):
        return None
    return _place(next(islice(steps(trace), last, None)))


def has_raised(trace: TracebackType | None, in_tree: Callable[[str], bool]) -> bool:
    """Whether a `raise` or an `assert` of the learner's made the exception."""
    *_, last = steps(trace)
    code = last.tb_frame.f_code
    return in_tree(code.co_filename) and dis.opname[code.co_code[last.tb_lasti]] == "RAISE_VARARGS"


def _place(step: TracebackType) -> Place | None:
    frame = step.tb_frame
    file = frame.f_code.co_filename
    linecache.checkcache(file)
    source = "".join(linecache.getlines(file, frame.f_globals))
    try:
        tree = parsed(source)
    except SyntaxError:  # the file has changed since
        return None
    position = next(islice(frame.f_code.co_positions(), step.tb_lasti // 2, None), (None,) * 4)
    node, statement, function = _blamed(tree, position)
    return Place(frame, node, statement, function, source) if node and statement else None


def _blamed(
    tree: ast.Module, position: tuple[int | None, ...]
) -> tuple[ast.expr | ast.stmt | None, ast.stmt | None, ast.FunctionDef | None]:
    """What stands there, in which statement and function.

    A chain over several lines begins, for the interpreter, at the method and not at the object:
    the end is what a place is known by.
    """
    first, last, column, end = position
    if first is None or last is None or column is None or end is None:
        return None, None, None  # Python was told to keep no columns
    start, stop = (first, column), (last, end)
    node, statement, function = None, None, None
    for one in ast.walk(tree):  # from the outside in
        if not isinstance(one, ast.expr | ast.stmt):
            continue
        its_stop = (one.end_lineno or 0, one.end_col_offset or 0)
        if (one.lineno, one.col_offset) > start or its_stop < stop:
            continue
        node = one if its_stop == stop else node
        statement = one if isinstance(one, ast.stmt) else statement
        function = one if isinstance(one, ast.FunctionDef) else function
    return node, statement, function
