"""Runs pytest on a tree in a process of its own, and reads the report."""

import json
import os
from pathlib import Path

from kata.course.curriculum import Milestone
from kata.paths import ROOT, relative
from tests.kata import processes


def report_of(
    milestone: Milestone, tree: str | Path, folder: Path, exercise: str | None = None
) -> dict:
    """The exercises of the milestone's report, or that one, as `pytest --report` writes them."""
    file = folder / "report.json"
    tests = milestone.test_file(exercise) if exercise else milestone.tests
    options = ("-q", f"--tree={tree}", f"--report={file}", relative(tests))
    done = processes.python("-m", "pytest", *options, cwd=ROOT, env=dict(os.environ))
    assert file.exists(), done.stdout + done.stderr
    return json.loads(file.read_text("utf-8"))["milestones"][milestone.id]["exercises"]


def outcomes(exercises: dict) -> dict[str, str]:
    return {
        id: test["outcome"] for found in exercises.values() for id, test in found["tests"].items()
    }
