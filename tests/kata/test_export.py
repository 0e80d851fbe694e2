"""The learner's edition: what is in it, that it is the same every time, and that it works.

pytest tests/kata/test_export.py
"""

import io
import json
import os
import shutil
import zipfile
from pathlib import Path

import pytest
from rich.console import Console

from kata.course import stubs
from kata.course.curriculum import milestones
from kata.files import write_atomically
from kata.judging.export import edition, main, write
from kata.paths import ROOT
from tests.kata.actions import git
from tests.kata.learner import python

pytestmark = pytest.mark.timeout(300)
# What the authors keep for themselves: every other file that git tracks is in the edition.
AUTHORS = (
    *(".ci/", "benchmarks/", "solutions/", "tests/kata/", "docs/figures.py", "CONTRIBUTING.md"),
    *(".github/workflows/verify.yml", "tests/oracles/"),
    "PLAN.md",  # of an author who has made one
)
SEALED = pytest.param((), id="sealed")
WITHOUT = pytest.param(("--without-solutions",), id="without-solutions")


def export(source: Path, target: Path, *options: str) -> dict[str, bytes]:
    """An edition's files; by the command itself, but for this clone, where that only costs time."""
    if source == ROOT:
        write(edition(sealed=not options), target)
    else:
        ended = python(source, "-m", "kata", "export", str(target), *options)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    return {
        file.relative_to(target).as_posix(): file.read_bytes()
        for file in target.rglob("*")
        if file.is_file()
    }


def solve(clone: Path, package: str) -> None:
    for file in (ROOT / "solutions" / package).glob("*.py"):
        shutil.copy(file, clone / "milestones" / package)


def copy_of_this_clone(folder: Path) -> Path:
    """The files that git would track."""
    git("init", "--quiet", "--bare", str(folder / ".git"), at=ROOT)
    index = (f"--git-dir={folder / '.git'}", f"--work-tree={ROOT}")
    names = git(*index, "ls-files", "-z", "--others", "--exclude-standard", at=ROOT)
    shutil.rmtree(folder / ".git")
    for name in names.strip("\0").split("\0"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    return folder


def test_every_file_of_the_repository_is_exported_or_kept_on_purpose(tmp_path, proof):
    copy = copy_of_this_clone(tmp_path / "clone")
    files = export(copy, tmp_path / "edition")
    names = {f.relative_to(copy).as_posix() for f in copy.rglob("*") if f.is_file()}
    left = {name for name in names if "__pycache__" not in name} - set(files)
    assert {name for name in left if not name.startswith(AUTHORS)} == set()
    assert {name for name in files if name.startswith(AUTHORS)} == set()
    assert set(files) - names == {"solutions.zip"}
    proof(f"the learner's edition has {len(files)} files")


@pytest.mark.parametrize("options", [SEALED, WITHOUT])
def test_an_edition_of_an_edition_is_the_same_to_the_byte(tmp_path, options):
    first = export(ROOT, tmp_path / "first", *options)
    assert ("solutions.zip" in first) == (not options)
    assert export(tmp_path / "first", tmp_path / "second") == first


def test_neither_clocks_nor_line_ends_nor_anyones_work_change_the_edition(tmp_path):
    clean = export(ROOT, tmp_path / "clean")
    copy = copy_of_this_clone(tmp_path / "a clone")
    solve(copy, "m02_self_attention")
    checklist = copy / "CHECKLIST.md"
    checklist.write_text(checklist.read_text("utf-8").replace("- [ ]", "- [x]"), "utf-8")
    (copy / "milestones/m01_mlp/own.py").write_text("answer = 42\n")
    for file in copy.rglob("*"):
        if file.suffix in (".py", ".md", ".toml", ".yml"):
            file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
            os.utime(file, (0, 0))
    assert export(copy, tmp_path / "other") == clean


def test_a_solution_stands_in_the_archive_alone(tmp_path):
    files = export(ROOT, tmp_path / "edition")
    rooms = b"\n".join(text for name, text in files.items() if name.startswith("milestones/"))
    with zipfile.ZipFile(tmp_path / "edition/solutions.zip") as archive:
        assert archive.testzip() is None
        sealed = {name: archive.read(name) for name in archive.namelist()}
    for file in (ROOT / "solutions").glob("*/*"):
        if file.is_file():
            name = file.relative_to(ROOT / "solutions").as_posix()
            assert sealed.pop(name).decode() == file.read_text("utf-8")
        if file.suffix == ".py" and not file.name.startswith("__"):
            stub = stubs.stub(file.read_text("utf-8"))
            assert files[f"milestones/{name}"].decode() == stub
    assert sealed == {}
    assert b"exp.sum(dim, keepdim=True)" not in rooms


def test_what_is_in_the_way_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("ten years")
    said = io.StringIO()
    assert main(Console(file=said), [str(tmp_path)]) == 2
    assert said.getvalue() == f"{tmp_path} is not an empty folder. Name a new one.\n"
    assert [file.name for file in tmp_path.iterdir()] == ["thesis.tex"]


@pytest.mark.parametrize("options", [SEALED, WITHOUT])
def test_the_edition_passes_its_own_test(tmp_path, options, proof):
    export(ROOT, tmp_path / "an edition", *options)
    ended = python(tmp_path / "an edition", "-m", "pytest", "-q", "tests/edition")
    assert ended.returncode == 0, ended.stdout
    proof(f"the edition {options[0] if options else 'with the archive'}: {summary(ended.stdout)}")


def test_the_edition_passes_its_own_test_also_when_an_exercise_is_green(tmp_path):
    export(ROOT, tmp_path / "edition")
    solve(tmp_path / "edition", "m01_mlp")
    ended = python(tmp_path / "edition", "-m", "pytest", "-q", "tests/edition", "-k", "todo")
    assert ended.returncode == 0, ended.stdout


def summary(output: str) -> str:
    return output.splitlines()[-1].partition(" in ")[0]


def test_the_sealed_solutions_are_lent_and_revealed(tmp_path):
    clone = tmp_path / "edition"
    export(ROOT, clone)
    solve(clone, "m02_self_attention")
    lent = python(clone, "-m", "kata", "m02", "SequenceClassifier", "--borrow")
    assert (lent.returncode, lent.stderr) == (0, "")  # it needs m01, of which nothing is written
    assert "Borrowed from the reference: m01. So m02 is not ticked in CHECKLIST.md." in lent.stdout

    green = {m.id: {"states": dict.fromkeys(m.exercises, "green")} for m in milestones()}
    write_atomically(clone / ".kata/progress.json", json.dumps(green))
    beside = python(clone, "-m", "kata", "reveal", "softmax").stdout
    reference, own = beside.split("yours, milestones/m01_mlp")
    assert "the reference, solutions.zip/m01_mlp" in reference
    assert "exp.sum(dim, keepdim=True)" in reference
    assert "raise NotImplementedError" in own
    assert beside.count("Turn scores into probabilities") == 1, "yours, without its docstring"


def test_without_solutions_what_needs_them_says_so_in_a_line(tmp_path):
    export(ROOT, tmp_path / "exam", "--without-solutions")
    verbs = ["reveal -- relu", "bisect -- m02", "m02 -- --borrow", "reset -- relu", "stubs"]
    each = "import sys, kata.__main__ as k; [k.main(verb.split()) for verb in sys.argv[1:]]"
    asked = [verb.replace(" --", "", 1) for verb in verbs]
    ended = python(tmp_path / "exam", "-c", each, *asked)
    lines = [f"This edition is without solutions. nox -s {verb} needs them." for verb in verbs]
    assert (ended.stdout.splitlines(), ended.stderr) == (lines, "")


def test_without_solutions_a_red_test_says_why_there_is_no_diagnosis(tmp_path):
    exam = tmp_path / "exam"
    export(ROOT, exam, "--without-solutions")
    solve(exam, "m01_mlp")
    functions = exam / "milestones/m01_mlp/functions.py"
    functions.write_text(functions.read_text("utf-8").replace("sum(dim", "sum(-1"), "utf-8")
    ended = python(exam, "-m", "kata", "m01")
    assert ended.returncode == 1
    assert "diagnosis  none: this edition is without solutions" in ended.stdout
    box = (exam / "CHECKLIST.md").read_text("utf-8")
    assert "- [x] `m01/relu`" in box
    assert "- [ ] `m01/softmax`" in box
