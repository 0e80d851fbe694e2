"""Runs pytest on a tree in a process of its own, and reads the report."""

import json
import subprocess
import sys
from pathlib import Path

from kata.curriculum import ROOT, Milestone, relative


def report_of(milestone: Milestone, tree: str | Path, folder: Path) -> dict:
    """The exercises of the milestone's report, as `pytest --report` writes them."""
    file = folder / "report.json"
    command = [sys.executable, "-m", "pytest", "-q", f"--tree={tree}", f"--report={file}"]
    done = subprocess.run(
        [*command, relative(milestone.tests)], cwd=ROOT, capture_output=True, text=True, timeout=600
    )
    assert file.exists(), done.stdout + done.stderr
    return json.loads(file.read_text("utf-8"))["milestones"][milestone.id]["exercises"]


def outcomes(exercises: dict) -> dict[str, str]:
    return {
        id: test["outcome"] for found in exercises.values() for id, test in found["tests"].items()
    }
