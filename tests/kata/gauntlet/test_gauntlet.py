"""What a submission can do to its own verdict: nothing but be right.

pytest tests/kata/gauntlet

Each file in cases/ is a milestone's only file. Its first line names the milestone, the exercise,
the outcome, and words of the error or of a test's message.
"""

import os
import py_compile
import re
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from kata.course.curriculum import milestone
from kata.judging.decision import Result
from kata.judging.judge import Judge, Limits
from kata.paths import ROOT

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.skipif(os.name == "nt", reason="the attacks are written for Unix"),
]

HEADER = re.compile(r"# (m\d\d) (\w+): (\w+)(?:, (.+))?\n")
CASES = {file.stem: file for file in sorted(Path(__file__).with_name("cases").glob("*.py"))}
LEFT_OVER = b"# of the gauntlet"  # in the command line of the children that cases leave behind
RIGHT = b"def relu(x):\n    return x.clamp(min=0)\n"
WRONG = b"def relu(x):\n    return x\n"
INIT = b"from milestones.m01_mlp.functions import relu\n"


PATIENT = Limits(seconds=60, test_seconds=4, memory_bytes=2 << 30, file_bytes=1 << 24)
IMPATIENT = {  # where only that limit can end it
    "did not finish": replace(PATIENT, test_seconds=1),
    "did not end": replace(PATIENT, seconds=2),
}


@pytest.fixture(scope="module")
def judge():
    with Judge(PATIENT) as judge:
        yield judge


def judged(judge: Judge, folder: Path, id: str = "m01", exercise: str = "relu") -> Result:
    return judge.verdict(milestone(id), folder, [exercise])


def told(result: Result) -> str:
    tests = [t for found in result.exercises.values() for t in found["tests"].values()]
    return "\n".join([result.error, *(test["message"] for test in tests)])


def room(folder: Path, content: bytes | None, init: bytes = INIT) -> Path:
    """The package m01_mlp with that content of functions.py; without the file where None."""
    package = folder / "milestones" / "m01_mlp"
    package.mkdir(parents=True)
    (package / "__init__.py").write_bytes(init)
    if content is not None:
        (package / "functions.py").write_bytes(content)
    return package


@pytest.mark.parametrize("name", CASES)
def test_a_milestone_of_one_file(name, judge, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # the copy lies in it
    header = HEADER.match(CASES[name].read_text("utf-8"))
    assert header, f"the first line of {name} is not: milestone exercise: outcome, words"
    id, exercise, state, words = header.groups()
    package = tmp_path / "milestones" / milestone(id).package
    package.mkdir(parents=True)
    (package / "part.py").write_bytes(CASES[name].read_bytes())
    name_of_it = f"from milestones.{milestone(id).package}.part import {exercise}\n"
    (package / "__init__.py").write_text(name_of_it)
    judge.limits = IMPATIENT.get(words, PATIENT)
    result = judged(judge, tmp_path, id, exercise)
    assert result.state == state, told(result)
    assert (words or "") in told(result)
    assert not left_over(tmp_path)


def left_over(folder: Path) -> list[str]:
    """The processes that a case has started in a copy below the folder, and left there."""
    files = [f for f in Path("/proc").glob("[0-9]*/cmdline") if LEFT_OVER in _read(f)]
    return [str(f) for f in files if _cwd(f.parent).is_relative_to(folder)]


def _cwd(process: Path) -> Path:
    try:
        return Path(os.readlink(process / "cwd"))
    except OSError:  # it has just ended
        return Path("/")


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


PASS_ALL = b"""import pytest

@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    (yield).get_result().outcome = "passed"
"""
PATCH = b"import torch\ntorch.isclose = lambda *a, **k: torch.tensor(True)\n"
PLANTED = {
    "conftest.py": PASS_ALL,
    "milestones/conftest.py": PASS_ALL,
    "milestones/m01_mlp/conftest.py": PASS_ALL,
    "tests/conftest.py": PASS_ALL,
    "tests/m01_mlp/conftest.py": PASS_ALL,
    "pytest.ini": b"[pytest]\naddopts = --collect-only\n",
    "milestones/pytest.ini": b"[pytest]\naddopts = -k nothing\n",
    "tox.ini": b"[pytest]\npython_functions = nothing\n",
    "setup.cfg": b"[tool:pytest]\naddopts = --collect-only\n",
    "pyproject.toml": b"[tool.pytest.ini_options]\naddopts = '--collect-only'\n",
    "sitecustomize.py": PATCH,
    "usercustomize.py": PATCH,
    "random.py": PATCH,
    "torch.py": b"def isclose(*a, **k): return True\n",
    "pytest.py": b"import os\nos._exit(0)\n",
    "kata/testing/check.py": b"close = equal = raises = lambda *a, **k: None\n",
    "kata/diagnosis/plugin.py": b"",
    "milestones/__init__.py": PATCH,
    "milestones/curriculum.toml": b"",
    "milestones/random.py": PATCH,
    "milestones/m01_mlp/torch.py": b"def isclose(*a, **k): return True\n",
    "tests/m01_mlp/test_relu.py": b"def test_all(): pass\n",
    "tests/gpt2.py": PATCH,
    "solutions/m01_mlp/functions.py": RIGHT,
    "CHECKLIST.md": b"- [x] `m01/relu`\n",
    ".kata/progress.json": b'{"m01": {"states": {"relu": "green"}}}',
    "noxfile.py": b"import os\nos._exit(0)\n",
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_file_is_not_used(name, judge, tmp_path):
    room(tmp_path, WRONG)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_bytes(PLANTED[name])
    assert judged(judge, tmp_path).state == "red"
    (tmp_path / "milestones" / "m01_mlp" / "functions.py").write_bytes(RIGHT)
    assert judged(judge, tmp_path).state == "green"


@pytest.mark.parametrize("mode", ["TIMESTAMP", "UNCHECKED_HASH"])
def test_bytecode_of_another_source_is_not_used(mode, judge, tmp_path):
    package = room(tmp_path, RIGHT)
    kind = getattr(py_compile.PycInvalidationMode, mode)
    py_compile.compile(str(package / "functions.py"), invalidation_mode=kind)
    before = (package / "functions.py").stat()
    (package / "functions.py").write_bytes(WRONG.ljust(len(RIGHT)))
    os.utime(package / "functions.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert judged(judge, tmp_path).state == "red"


def test_a_bytecode_file_instead_of_the_source_is_not_used(judge, tmp_path):
    package = room(tmp_path, RIGHT)
    py_compile.compile(str(package / "functions.py"), cfile=str(package / "functions.pyc"))
    (package / "functions.py").unlink()
    assert "functions.py is missing" in told(judged(judge, tmp_path))


def test_a_link_to_a_file_is_not_followed(judge, tmp_path):
    package = room(tmp_path, None)
    (package / "functions.py").symlink_to(ROOT / "solutions" / "m01_mlp" / "functions.py")
    result = judged(judge, tmp_path)
    assert result.state == "red"
    assert "functions.py is missing" in told(result)


@pytest.mark.parametrize("name", ["milestones", "milestones/m01_mlp"])
def test_a_link_to_a_folder_is_not_followed(name, judge, tmp_path):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).symlink_to(ROOT / name.replace("milestones", "solutions"))
    result = judged(judge, tmp_path)
    assert result.state == "error"
    assert "m01_mlp is missing, or is not a folder" in result.error


def test_a_folder_of_tests_that_is_a_link_is_not_used(judge, tmp_path):
    room(tmp_path / "submission", WRONG)
    (tmp_path / "elsewhere" / "m01_mlp").mkdir(parents=True)
    (tmp_path / "elsewhere" / "m01_mlp" / "test_relu.py").write_text("def test_all(): pass\n")
    (tmp_path / "submission" / "tests").symlink_to(tmp_path / "elsewhere")
    assert judged(judge, tmp_path / "submission").state == "red"


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_is_not_read(kind, judge, tmp_path):
    package = room(tmp_path, None)
    (os.mkfifo if kind == "pipe" else os.mkdir)(package / "functions.py")
    assert "functions.py is missing" in told(judged(judge, tmp_path))


CONTENTS = {
    "bom": (b"\xef\xbb\xbf" + RIGHT, "green", ""),
    "crlf": (RIGHT.replace(b"\n", b"\r\n"), "green", ""),
    "cr": (RIGHT.replace(b"\n", b"\r"), "green", ""),
    "tabs": (RIGHT.replace(b"    ", b"\t"), "green", ""),
    "latin-1, declared": (b"# coding: latin-1\n# \xe9\n" + RIGHT, "green", ""),
    "latin-1, not declared": (b"# \xe9\n" + RIGHT, "red", "functions.py:1 cannot be imported"),
    "tabs and blanks": (b"def relu(x):\n    y = x\n\treturn y\n", "red", "functions.py:3 cannot"),
    "indentation": (b"def relu(x):\nreturn x\n", "red", "functions.py:2 cannot be imported"),
    "syntax": (b"def relu(x:\n    return x\n", "red", "SyntaxError"),
    "utf-16": (RIGHT.decode().encode("utf-16"), "red", "functions.py:1 cannot be imported"),
    "nul": (RIGHT + b"\0", "red", "cannot be imported"),
    "binary": (bytes(range(256)), "red", "cannot be imported"),
    "empty": (b"", "red", "defines no `relu`"),
    "missing": (None, "red", "functions.py is missing"),
    "too large": (RIGHT + b"#" * (1 << 20), "error", "functions.py is larger than 256 KB"),
    "commands to the terminal": (
        b"def relu(x):\n    raise ValueError('\\x1b[2J')",
        "red",
        "\\x1b[2J",
    ),
}


@pytest.mark.parametrize("name", CONTENTS)
def test_a_file_of_any_content(name, judge, tmp_path):
    content, state, words = CONTENTS[name]
    room(tmp_path, content)
    result = judged(judge, tmp_path)
    assert result.state == state, told(result)
    assert words in told(result)


def test_an_empty_submission_is_told(judge, tmp_path):
    assert "milestones/m01_mlp is missing" in judged(judge, tmp_path).error


def test_a_crash_of_one_milestone_costs_no_other_its_verdict(judge, tmp_path):
    crash = (CASES["exit_at_import"]).read_bytes()
    room(tmp_path, crash)
    m02 = tmp_path / "milestones" / "m02_self_attention"
    m02.mkdir()
    (m02 / "__init__.py").write_bytes(
        b"import torch\n\n\ndef causal_mask(seq):\n"
        b"    return torch.ones(seq, seq, dtype=torch.bool).tril()\n"
    )
    assert judged(judge, tmp_path).state == "error"
    assert judged(judge, tmp_path, "m02", "causal_mask").state == "green"


@pytest.mark.parametrize("id", ["m01", "m02", "m03", "m04", "m05", "m06", "m07"])
def test_the_manifest_is_what_the_solutions_collect(id, judge):
    from kata.diagnosis.matrix import collect

    of = milestone(id)
    collected = [case.id for e in of.exercises for case in collect(of.test_file(e))]
    assert judge.manifest(of, of.exercises) == collected


OUT_OF_REACH = {
    "patched check": b"import kata.testing.check as c\nc.close = c.equal = lambda *a, **k: None\n",
    "patched torch": PATCH,
    "patched pytest": b"import _pytest.python as p\np.Function.runtest = lambda s: None\n",
    "patched reports": b"import _pytest.runner as r\nmade = r.TestReport.from_item_and_call\n"
    b"def passed(item, call):\n    call.excinfo = None\n    return made(item, call)\n"
    b"r.TestReport.from_item_and_call = passed\n",
}


@pytest.mark.xfail(strict=True, reason="in-process tampering is out of this tier's reach")
@pytest.mark.parametrize("name", OUT_OF_REACH)
def test_a_tampered_process(name, judge, tmp_path):
    room(tmp_path, OUT_OF_REACH[name] + WRONG)
    assert judged(judge, tmp_path).state != "green"
