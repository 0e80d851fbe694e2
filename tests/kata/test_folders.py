"""The kata's temporary folders go: at the end of a run, and of a run that was killed later.

pytest tests/kata/test_folders.py
"""

import os
import shutil
import time

import pytest

from kata import folders
from kata.paths import ROOT
from tests.kata.learner import python
from tests.kata.terminal import clone_into

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def temporary(tmp_path):
    """A folder for temporary files in which one of each kind was left, eight days ago."""
    folder = tmp_path / "temporary"
    for name in ("kata-bugs-0a1b2c_d", "kata-run-0a1b2c_d", "kata-judge-0a1b2c_d", "kata-theirs"):
        (folder / name / "within").mkdir(parents=True)
        os.utime(folder / name, (time.time() - folders.WEEK - 24 * 60 * 60,) * 2)
    return folder


def names(folder):
    return sorted(entry.name for entry in folder.iterdir())


def test_a_session_removes_what_killed_runs_left_and_nobody_else_s_folder(tmp_path, temporary):
    python(clone_into(tmp_path), "-m", "kata", "doctor", "--help", TMPDIR=str(temporary))
    assert names(temporary) == ["kata-theirs"]


def test_a_folder_that_may_be_in_use_stays(monkeypatch, temporary):
    monkeypatch.setattr(folders.tempfile, "tempdir", str(temporary))
    for folder in temporary.iterdir():
        os.utime(folder)
    folders.sweep()
    assert len(names(temporary)) == 4


@pytest.mark.parametrize("run", [("kata", "m01", "softmax"), ("pytest", "tests/m01_mlp")])
def test_a_run_that_names_a_mistake_leaves_no_folder(tmp_path, run):
    clone = clone_into(tmp_path)
    shutil.copytree(ROOT / "solutions/m01_mlp", clone / "milestones/m01_mlp", dirs_exist_ok=True)
    file = clone / "milestones/m01_mlp/functions.py"
    right, wrong = "exp.sum(dim, keepdim=True)", "exp.sum()"
    file.write_text(file.read_text("utf-8").replace(right, wrong), "utf-8")
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    ended = python(clone, "-m", *run, fresh=True, TMPDIR=str(temporary))
    assert "The sum runs over the whole tensor" in ended.stdout
    assert names(temporary) == []
