"""Stubs keep everything that tells what to build, and nothing of how.

pytest tests/kata/test_stubs.py
"""

import ast
import gc
import io
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from rich.console import Console

from kata.course import backups, stubs
from kata.course.curriculum import milestones
from kata.paths import ROOT

SOURCE = '''"""Module text."""

import math  # a comment outside
from dataclasses import dataclass

WIDTH = 4  # a constant

@dataclass(frozen=True)
class Config:
    """A dataclass."""

    width: int = WIDTH  # a field

    # between the fields
    depth: int = 2


def one_line(x): return x + 1


def documented(x: float, *rest: float, scale: float = 1.0) -> float:
    r"""What it does: $\\alpha$.

    Example: documented(1) is 2.
    """
    # how it does it
    y = x * scale

    def helper(z):
        """Helper's docstring."""
        return z + math.pi

    return helper(y)


def multi_line(
    first: int,  # the first
    second: dict[str, int],
    *,
    third: tuple[int, ...] = (1, 2),
) -> "dict[str, int]":
    return {"secret": first}


class Layer:
    """A class."""

    size: int = 3

    def __init__(
        self, width: int
    ) -> None:
        super().__init__()
        self.width = width  # trailing

    @property
    def double(self) -> int:
        """Twice."""
        return 2 * self.width

    def kept(self) -> int:  # given
        """Stays."""
        return self.width  # with its body


def given_whole(x):  # given
    return x  # kept, too

# the end
'''

EXPECTED = '''"""Module text."""

import math  # a comment outside
from dataclasses import dataclass

WIDTH = 4  # a constant

@dataclass(frozen=True)
class Config:
    """A dataclass."""

    width: int = WIDTH  # a field

    # between the fields
    depth: int = 2


def one_line(x):
    raise NotImplementedError


def documented(x: float, *rest: float, scale: float = 1.0) -> float:
    r"""What it does: $\\alpha$.

    Example: documented(1) is 2.
    """
    raise NotImplementedError


def multi_line(
    first: int,  # the first
    second: dict[str, int],
    *,
    third: tuple[int, ...] = (1, 2),
) -> "dict[str, int]":
    raise NotImplementedError


class Layer:
    """A class."""

    size: int = 3

    def __init__(
        self, width: int
    ) -> None:
        raise NotImplementedError

    @property
    def double(self) -> int:
        """Twice."""
        raise NotImplementedError

    def kept(self) -> int:  # given
        """Stays."""
        return self.width  # with its body


def given_whole(x):  # given
    return x  # kept, too

# the end
'''


def without_one_liner(source: str) -> str:
    """The same text without the function whose body stands on its `def` line."""
    start, end = source.index("def one_line"), source.index("def documented")
    return source[:start] + source[end:]


def test_what_to_build_stays_and_how_goes() -> None:
    assert stubs.stub(without_one_liner(SOURCE)) == without_one_liner(EXPECTED)


def test_a_body_on_the_line_of_its_def_goes_too() -> None:
    stub = stubs.stub("def one_line(x): return x + 1\n")
    assert "x + 1" not in stub
    assert "raise NotImplementedError" in stub
    ast.parse(stub)


@pytest.mark.parametrize(
    "source",
    [
        "def f(x):\n    return x  # no newline at the end",
        "def f(\n    x=':',  # a colon: and a comment\n):\n    return x\n",
        "def f(x: 'a:b') -> 'c:d':  # why: because\n    return x\n",
        "def f(*args, **kwargs):\n    return args\n",
        "def f(*, key=None):\n    return key\n",
        "def f(\n    *,\n    key={\n        'a': 1,\n    },\n):\n    return key\n",
        "def f(\n    *rest: dict[\n        str, int\n    ],\n    **more: int,\n):\n    pass\n",
        "def f(x, /):\n    # a comment first\n\n    return x\n",
        "class A:\n    def f(self):\n        return 1\n\n    def g(self):\n        return 2\n",
        "def f(x):\n    '''Only a docstring.'''\n",
        "@decorated(lambda x: x)\ndef f(x):\n    return x\n",
        "def f(x):\n    if x:\n        return 1\n    return 2\n\n\nX = f(1)\n",
        "class A:\n    class B:\n        def f(self):\n            return 'secret'\n",
        "def f[T](x: T) -> T:\n    return x\n" if sys.version_info >= (3, 12) else "",
    ],
)
def test_no_body_is_left_whatever_the_layout(source: str) -> None:
    stub = stubs.stub(source)
    assert "return" not in stub
    assert "secret" not in stub
    for node in ast.walk(ast.parse(stub)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            last = node.body[-1]
            assert ast.unparse(last) == "raise NotImplementedError"


def outside_of_bodies(source: str) -> str:
    """The module as ast prints it, every function's body cut to its docstring."""
    module = ast.parse(source)
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef):
            node.body = [*node.body[: bool(ast.get_docstring(node))], ast.Pass()]
    return ast.unparse(module)


def solutions() -> list[Path]:
    files = [f for m in milestones() for f in (ROOT / "solutions" / m.package).glob("*.py")]
    return sorted(file for file in files if not file.name.startswith("__"))


@pytest.mark.parametrize("source", [SOURCE, *(f.read_text("utf-8") for f in solutions())])
def test_the_stub_of_a_stub_is_that_stub(source: str) -> None:
    once = stubs.stub(without_one_liner(source) if source == SOURCE else source)
    assert stubs.stub(once) == once


@pytest.mark.parametrize("file", solutions(), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_no_line_of_a_solutions_body_survives(file: Path) -> None:
    source = file.read_text("utf-8")
    lines = source.splitlines()
    stub = {line.strip() for line in stubs.stub(source).splitlines()}
    functions = list(stubs._functions(ast.parse(source)))
    given = [node for node in functions if stubs.GIVEN in lines[node.lineno - 1]]
    kept = {line.strip() for node in given for line in lines[node.lineno - 1 : node.end_lineno]}
    for node in functions:
        if node not in given:
            start = node.body[bool(ast.get_docstring(node))].lineno
            body = {line.strip() for line in lines[start - 1 : node.end_lineno]} - {""}
            assert (body - kept).isdisjoint(stub)


@pytest.mark.parametrize("file", solutions(), ids=lambda file: f"{file.parent.name}/{file.name}")
def test_signatures_docstrings_and_imports_survive(file: Path) -> None:
    source = file.read_text("utf-8")
    assert outside_of_bodies(stubs.stub(source)) == outside_of_bodies(source)


def test_the_repositorys_rooms_are_what_the_solutions_generate(proof) -> None:
    code = [file for file in stubs.generated() if not file.name.startswith("__")]
    work = [file.name for file in code if stubs.has_work(file)]
    proof(f"stubs: {len(code) - len(work)} files as generated, work in {work or 'none'}")
    assert stubs.drift() == []


# nox -s stubs


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository in which the learner wrote relu."""
    for module in (stubs, backups):
        monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(backups, "FOLDER", tmp_path / ".kata" / "backups")
    for source in solutions():
        copy = tmp_path / source.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
    stubs.write(tmp_path / "milestones")
    learners = tmp_path / "milestones/m01_mlp/functions.py"
    text = learners.read_text("utf-8").replace("raise NotImplementedError", "return x * (x > 0)", 1)
    learners.write_bytes(text.replace("\n", "\r\n").encode("utf-8"))
    return tmp_path


def regenerate(answer: str | None, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    """Exit code and output of nox -s stubs, in a terminal where an answer is given."""
    said = io.StringIO()
    console = Console(file=said, width=300)
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.setattr(sys.stdin, "isatty", lambda: answer is not None, raising=False)
    monkeypatch.setattr(console, "input", lambda prompt, markup: said.write(prompt) and answer)
    return stubs.main(console, []), said.getvalue()


def contents(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("answer", [None, "n", "", "no", "yo"])
def test_without_a_yes_nothing_is_changed(
    clone: Path, monkeypatch: pytest.MonkeyPatch, answer: str | None
) -> None:
    before = contents(clone)
    code, said = regenerate(answer, monkeypatch)
    assert code == 1
    assert "milestones/m01_mlp/functions.py" in said.replace("\\", "/")
    assert "Nothing was changed." in said
    assert contents(clone) == before


@pytest.mark.parametrize("answer", ["y", "Y "])
def test_a_yes_backs_the_work_up_byte_for_byte(
    clone: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    file = clone / "milestones/m01_mlp/functions.py"
    work = file.read_bytes()
    code, _ = regenerate(answer, monkeypatch)
    (backup,) = (clone / ".kata/backups").rglob("functions.py")
    assert code == 0
    assert backup.read_bytes() == work
    assert file.read_text("utf-8") == stubs.generated()[file]


def test_a_file_that_is_only_a_stub_is_renewed_without_a_question(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stubs.write(clone / "milestones")
    file = clone / "milestones/m01_mlp/layers.py"
    file.unlink()
    assert regenerate(None, monkeypatch)[0] == 0
    assert file.read_text("utf-8") == stubs.generated()[file]


def test_a_file_with_a_syntax_error_counts_as_work(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = clone / "milestones/m01_mlp/layers.py"
    file.write_text("def broken(:\n", "utf-8")
    code, said = regenerate("n", monkeypatch)
    assert (code, "layers.py" in said) == (1, True)


def test_drift_names_a_changed_docstring_and_a_missing_file(clone: Path) -> None:
    stubs.write(clone / "milestones")
    assert stubs.drift() == []
    (clone / "milestones/m01_mlp/mlp.py").unlink()
    layers = clone / "milestones/m01_mlp/layers.py"
    layers.write_text(layers.read_text("utf-8").replace("affine map", "map"), "utf-8")
    found = [Path(name).name for name in stubs.drift()]
    assert found == ["layers.py", "mlp.py"]


def test_stubs_are_made_in_several_threads_at_once() -> None:
    source = (ROOT / "solutions/m05_gpt/gpt.py").read_text("utf-8")

    def another_thread_now(*_: object) -> None:
        time.sleep(1e-4)

    gc.callbacks.append(another_thread_now)
    try:
        with ThreadPoolExecutor(4) as threads:
            made = set(threads.map(stubs.stub, [source] * 200))
    finally:
        gc.callbacks.remove(another_thread_now)
    assert len(made) == 1
