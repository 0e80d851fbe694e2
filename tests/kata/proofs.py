"""Runs pytest on a tree in a process of its own, and reads the report."""

import json
import os
from pathlib import Path

from kata.curriculum import ROOT, Milestone, relative
from tests.kata import processes


def report_of(milestone: Milestone, tree: str | Path, folder: Path) -> dict:
    """The exercises of the milestone's report, as `pytest --report` writes them."""
    file = folder / "report.json"
    options = ("-q", f"--tree={tree}", f"--report={file}", relative(milestone.tests))
    done = processes.python("-m", "pytest", *options, cwd=ROOT, env=dict(os.environ))
    assert file.exists(), done.stdout + done.stderr
    return json.loads(file.read_text("utf-8"))["milestones"][milestone.id]["exercises"]


def outcomes(exercises: dict) -> dict[str, str]:
    return {
        id: test["outcome"] for found in exercises.values() for id, test in found["tests"].items()
    }
