"""Writes the learner's rooms from the solutions: signatures and docstrings stay, bodies go."""

import ast
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from kata.course import annotations, backups, reference
from kata.course.curriculum import milestones
from kata.files import refuse_odd, write_atomically
from kata.paths import ROOT, relative

TODO = "raise NotImplementedError"
GIVEN = "# given"


def stub(source: str) -> str:
    """The source with every function's body, docstring apart, replaced by NotImplementedError.

    A function whose `def` line ends in `# given` keeps its body. What stands outside of bodies
    stays as it is to the letter, so the stub of a stub is that stub.
    """
    lines = source.splitlines(keepends=True)
    module = annotations.parsed(source)
    for function in sorted(_functions(module), key=lambda f: -f.lineno):
        if GIVEN in lines[function.lineno - 1]:
            continue
        first, indent = function.body[0], " " * (function.col_offset + 4)
        head = lines[first.lineno - 1][: first.col_offset].rstrip()
        if head:  # the body stands on the line of its def
            lines[first.lineno - 1 : function.end_lineno] = [f"{head}\n", f"{indent}{TODO}\n"]
        else:
            lines[_body_start(function, lines) : function.end_lineno] = [f"{indent}{TODO}\n"]
    return "".join(lines)


def generated() -> dict[Path, str]:
    """The text of every code file in milestones/; `__init__` and `__main__` are given whole.

    Raises NoReference in an edition without solutions.
    """
    files = {}
    for milestone in milestones():
        for name, text in reference.code(milestone.package).items():
            given = name.startswith("__")
            file = ROOT / "milestones" / milestone.package / name
            files[file] = text if given else stub(text)
    return files


def signatures() -> str:
    """The text of kata/signatures.json: what the stubs' annotations are.

    Raises NoReference in an edition without solutions.
    """
    found: dict[str, annotations.Annotations] = {}
    for file, text in generated().items():
        if not file.name.startswith("__"):
            found.setdefault(file.parent.name, {}).update(annotations.written(text))
    return json.dumps(found, indent=1, ensure_ascii=False) + "\n"


def all_files() -> dict[Path, str]:
    """All that is made from the solutions: the rooms, and what the engine knows of them."""
    return {**generated(), annotations.FILE: signatures()}


def write(folder: Path) -> None:
    """Write all stubs into an empty folder, to be used as a tree."""
    for file, text in generated().items():
        target = folder / file.relative_to(ROOT / "milestones")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, "utf-8")


def drift() -> list[str]:
    """Files whose text outside of the learner's own bodies is not the generated one.

    A body that is still a stub, and a given file, must be as generated; work is not compared.
    """
    return [relative(file) for file, text in all_files().items() if _drifted(file, text)]


def _drifted(file: Path, text: str) -> bool:
    try:
        if file.read_text("utf-8") == text:
            return False
    except (OSError, UnicodeDecodeError):
        pass
    return not file.is_file() or file.name.startswith("__") or not has_work(file)


def has_work(file: Path) -> bool:
    """Whether the file holds more than stubs: then generating it anew would lose something."""
    try:
        text = file.read_text("utf-8")
        return stub(text) != text or file.name.startswith("__")
    except (SyntaxError, UnicodeDecodeError, OSError):
        return True


def main(console: Console, arguments: Sequence[str]) -> int:
    """Write the stubs, or only compare. Work is backed up, and replaced only after a yes."""
    if "--check" in arguments:
        for file in drift():
            console.print(f"{file} is not what its solution generates: run nox -s stubs.")
        return 1 if drift() else 0
    files = all_files()
    refuse_odd(files)
    changed = {f: text for f, text in files.items() if not _same(f, text)}
    work = [file for file in changed if file.exists() and has_work(file)]
    if work and not backups.agreed(work, "Keep a copy of them and write the stubs?", console):
        return 1
    for file, text in changed.items():
        write_atomically(file, text)
    console.print(f"{len(changed)} of {len(files)} files written.")
    return 0


def span(source: str, name: str) -> tuple[int, int] | None:
    """The lines, from and up to, of a function or class; None where the source has none of it.

    Raises SyntaxError where the source is not valid Python.
    """
    for node in annotations.parsed(source).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name == name:
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            return first - 1, node.end_lineno or 0
    return None


def _same(file: Path, text: str) -> bool:
    return file.exists() and file.read_bytes() == text.encode("utf-8")


def _functions(module: ast.Module | ast.ClassDef) -> Iterator[ast.FunctionDef]:
    """Functions and methods, but not functions inside functions."""
    for node in module.body:
        if isinstance(node, ast.ClassDef):
            yield from _functions(node)
        elif isinstance(node, ast.FunctionDef):
            yield node


def _body_start(function: ast.FunctionDef, lines: list[str]) -> int:
    """Index of the first line of the body, after the docstring where there is one."""
    if ast.get_docstring(function) is not None:
        return function.body[0].end_lineno or 0
    signature = [function.lineno, *(a.end_lineno or 0 for a in function.args.args)]
    if function.returns:
        signature.append(function.returns.end_lineno or 0)
    line = max(signature) - 1
    while not lines[line].partition("#")[0].rstrip().endswith(":"):
        line += 1
    return line + 1
