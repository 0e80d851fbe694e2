"""A learner's tree of files, with accidents on demand, and what plain pytest says about it."""

import ast
import json
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from kata.paths import ROOT
from tests.kata import processes

OF_THE_OUTER_RUN = ("KATA_", "PYTEST_", "COLUMNS", "FORCE_COLOR", "NO_COLOR", "CI")


@dataclass
class Finished:
    """A run that has ended. The report's messages are as shown, label and text on each line."""

    code: int
    output: str
    errors: str
    report: dict[str, Any] | None

    @property
    def exercises(self) -> dict[str, Any]:
        assert self.report, self.output + self.errors
        return self.report["milestones"]["m01"]["exercises"]

    @property
    def states(self) -> dict[str, str]:
        return {name: found["state"] for name, found in self.exercises.items()}

    def with_state(self, state: str) -> set[str]:
        return {name for name, found in self.states.items() if found == state}

    def messages(self, exercise: str) -> list[str]:
        """What each test of the exercise that did not pass has to say."""
        tests = self.exercises[exercise]["tests"].values()
        return [test["message"] for test in tests if test["outcome"] != "passed"]

    def problem(self, exercise: str) -> str:
        """The first line of the first message."""
        return first_line(self.messages(exercise)[0])

    def problems(self, exercise: str) -> set[str]:
        """The first line of every message."""
        return {first_line(message) for message in self.messages(exercise)}


@dataclass
class Room:
    """A tree of the learner's: the reference, until a test has its accident with it."""

    folder: Path

    @classmethod
    def furnished(cls, folder: Path) -> "Room":
        skip = shutil.ignore_patterns("__pycache__", "bugs.toml")
        shutil.copytree(ROOT / "solutions", folder, ignore=skip)
        return cls(folder)

    def file(self, name: str) -> Path:
        return self.folder / "m01_mlp" / name

    def edit(self, name: str, find: str, replace: str) -> None:
        text = self.file(name).read_text("utf-8")
        assert text.count(find) == 1, f"{find!r} stands {text.count(find)} times in {name}"
        self.file(name).write_text(text.replace(find, replace), "utf-8")

    def begin(self, name: str, *lines: str) -> int:
        """Put statements before a file's first import; returns the first one's line number."""
        text = self.file(name).read_text("utf-8").splitlines()
        at = next(i for i, line in enumerate(text) if line.startswith(("import ", "from ")))
        text[at:at] = lines
        self.file(name).write_text("\n".join(text) + "\n", "utf-8")
        return at + 1

    def body(self, function: str, *lines: str, signature: str = "") -> int:
        """Replace a function's body, docstring kept, and the `def`, too, where one is given.

        Returns the line number of the new body's first line.
        """
        for file in sorted(self.file("").glob("*.py")):
            text = file.read_text("utf-8")
            if node := _functions(ast.parse(text)).get(function):
                whole = text.splitlines()
                documented = ast.get_docstring(node) is not None
                start = node.body[0].end_lineno if documented else node.body[0].lineno - 1
                indent = " " * node.body[0].col_offset
                whole[start : node.end_lineno] = [indent + line for line in lines]
                if signature:
                    whole[node.lineno - 1 : node.body[0].lineno - 1] = [indent[4:] + signature]
                    start -= node.body[0].lineno - 1 - node.lineno
                file.write_text("\n".join(whole) + "\n", "utf-8")
                return start + 1
        raise LookupError(function)

    def run(self, *options: str, tests: str = "tests/m01_mlp") -> Finished:
        """Everything but the diagnosis, which takes its time where all is red."""
        plain = ("-p", "tests.kata.undiagnosed", "--tree", str(self.folder))
        return run_pytest(tests, *plain, *options)


def run_pytest(*arguments: str, cwd: Path = ROOT, report: bool = True, **settings: str) -> Finished:
    """Plain pytest as a learner types it; settings: environment variables."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(OF_THE_OUTER_RUN)}
    plain = {"COLUMNS": "200", "PYTHONIOENCODING": "utf-8", "OMP_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        options = ["--report", str(file)] if report else []
        ended = processes.python(
            "-m", "pytest", *arguments, *options, cwd=cwd, env=kept | plain | settings
        )
        found = json.loads(file.read_text("utf-8")) if file.exists() else None
    return Finished(ended.returncode, ended.stdout, ended.stderr, found)


def python(
    folder: Path, *arguments: str, fresh: bool = False, **settings: str
) -> subprocess.CompletedProcess[str]:
    """A Python of the tests' own environment in that folder, without a terminal."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KATA_", "PYTEST_"))}
    plain = {"COLUMNS": "100", "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", "OMP_NUM_THREADS": "1"}
    return processes.python(*arguments, cwd=folder, env=kept | plain | settings, fresh=fresh)


def once(name: str, factory: pytest.TempPathFactory, run: Callable[[Path], Finished]) -> Finished:
    """`run` in a new folder, once for all workers of xdist; the others read what came of it."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    result = shared / f"{name}.json"
    with FileLock(shared / f"{name}.lock"):
        if not result.exists():
            folder = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=shared))
            result.write_text(json.dumps(asdict(run(folder))), "utf-8")
    return Finished(**json.loads(result.read_text("utf-8")))


def first_line(message: str) -> str:
    return message.strip().partition("\n")[0]


def line_named(message: str) -> str:
    """The line of code that a message names as file:line."""
    place = re.search(r"(\S+\.py):(\d+)", message)
    assert place, f"no file:line in {message!r}"
    return (ROOT / place[1]).read_text("utf-8").splitlines()[int(place[2]) - 1].strip()


def _functions(module: ast.Module) -> dict[str, ast.FunctionDef]:
    """Every function as `relu`, every method as `Linear.forward`."""
    found = {}
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            found[node.name] = node
        elif isinstance(node, ast.ClassDef):
            methods = (part for part in node.body if isinstance(part, ast.FunctionDef))
            found.update({f"{node.name}.{method.name}": method for method in methods})
    return found
