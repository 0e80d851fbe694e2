"""This copy is whole: rooms, tests, hints and, where there are some, the solutions.

nox -s selftest
"""

import importlib
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kata.course import bugs, reference, stubs, trees
from kata.course.curriculum import milestone, milestones
from kata.learner import hints
from kata.paths import ROOT

pytestmark = pytest.mark.timeout(300)
EXERCISES = [(m, e) for m in milestones() for e in m.exercises]
IDS = [f"{m.id}-{e}" for m, e in EXERCISES]
LINK = re.compile(r"\]\((?!https?:)([^)#\s]+)")


@pytest.mark.parametrize(("of", "exercise"), EXERCISES, ids=IDS)
def test_an_exercise_has_its_room_tests_hints_and_box(of, exercise):
    files = sorted((ROOT / "milestones" / of.package).glob("*.py"))
    assert any(stubs.span(file.read_text("utf-8"), exercise) for file in files)
    assert of.test_file(exercise).is_file()
    assert len(hints.levels(of, exercise)) == hints.LEVELS
    assert f"`{of.id}/{exercise}`" in (ROOT / "CHECKLIST.md").read_text("utf-8")


def test_every_file_that_a_page_links_to_is_there():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("milestones/*/*.md")]
    broken = [
        f"{page.relative_to(ROOT)}: {link}"
        for page in pages
        for link in LINK.findall(page.read_text("utf-8"))
        if "/raw/badges/" not in link and not (page.parent / link).exists()
    ]
    assert broken == []


def test_a_stub_is_todo_and_the_run_says_what_to_do():
    ended, report = judge("tests/m01_mlp/test_relu.py", "milestones")
    state = report["milestones"]["m01"]["exercises"]["relu"]["state"]
    if state == "todo":
        assert "nox -s m01" in ended.stdout
    else:
        assert stubs.has_work(ROOT / "milestones/m01_mlp/functions.py")


def test_the_solutions_answer_every_import_or_are_said_to_be_missing():
    if not reference.exists():
        with pytest.raises(ValueError, match="This edition is without solutions"):
            trees.search_path("solutions")
        return
    with trees.mounted("solutions"):
        for of, exercise in EXERCISES:
            room = importlib.import_module(f"milestones.{of.package}")
            code = importlib.import_module(getattr(room, exercise).__module__)
            assert Path(code.__file__).is_relative_to(reference.location())


def test_a_mistake_is_named_or_the_run_says_why_not():
    if reference.exists():
        ended, report = judge("tests/m01_mlp/test_softmax.py", "bug:m01/softmax-ignores-dim")
        tests = report["milestones"]["m01"]["exercises"]["softmax"]["tests"].values()
        assert {tuple(t["diagnosis"]) for t in tests if t["outcome"] == "failed"} == {
            ("m01/softmax-ignores-dim",)
        }
        assert bugs.find("m01/softmax-ignores-dim").says[:30] in ended.stdout
    else:
        assert bugs.catalogue(milestone("m01")) == ()
        ended = kata("reveal", "relu")
        assert ended.stdout == (
            "This edition is without solutions. nox -s reveal -- relu needs them.\n"
        )
        assert ended.returncode == 2


def test_the_solutions_pass_where_there_are_some():
    if reference.exists():
        ended, _ = judge("tests/m01_mlp", "solutions")
        assert ended.returncode == 0, ended.stdout


def judge(tests: str, tree: str) -> tuple[subprocess.CompletedProcess[str], dict]:
    """A run of pytest and its report."""
    file = ROOT / ".kata" / f"selftest-{os.getpid()}.json"
    file.parent.mkdir(exist_ok=True)
    try:
        ended = python("-m", "pytest", tests, f"--tree={tree}", f"--report={file}")
        return ended, json.loads(file.read_text("utf-8"))
    finally:
        file.unlink(missing_ok=True)


def kata(*arguments: str) -> subprocess.CompletedProcess[str]:
    return python("-m", "kata", *arguments)


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KATA_", "PYTEST_"))}
    plain = {"COLUMNS": "200", "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env=kept | plain,
        capture_output=True,
        encoding="utf-8",
    )
