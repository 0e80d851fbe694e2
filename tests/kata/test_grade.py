"""Many submissions: the same table however often, and nothing of theirs is run but the milestones.

pytest tests/kata/test_grade.py
"""

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from kata.course import stubs
from kata.course.curriculum import milestone, milestones
from kata.errors import KataError
from kata.judging import gradebook
from kata.judging.decision import Result
from kata.judging.grade import key
from kata.judging.journal import Journal
from kata.judging.submissions import Submission, commit, find, untouched
from kata.paths import ROOT
from tests.kata.learner import python

pytestmark = pytest.mark.timeout(600)


def grade(*arguments: object) -> subprocess.CompletedProcess[str]:
    return python(ROOT, "-m", "kata", "grade", *map(str, arguments))


def cells(out: Path) -> dict[str, dict[str, str]]:
    with open(out / "grades.csv", encoding="utf-8", newline="") as file:
        return {row["submission"]: row for row in csv.DictReader(file)}


def known(journal: Path) -> dict[str, Result]:
    with closing(Journal(journal)) as opened:
        return opened.known


@pytest.fixture
def course(tmp_path):
    """Three submissions: m01 solved in a clone, nothing done, and m01 that ends Python."""
    folder = tmp_path / "the course"
    for name in ("solved", "=begun", "hostile"):
        stubs.write(folder / name / "milestones")
    shutil.copytree(
        ROOT / "solutions" / "m01_mlp",
        folder / "solved" / "milestones" / "m01_mlp",
        dirs_exist_ok=True,
        ignore=shutil.ignore_patterns("__pycache__", "*.toml"),
    )
    with open(folder / "hostile" / "milestones" / "m01_mlp" / "layers.py", "a") as file:
        file.write("\nimport os\n\nos._exit(0)\n")
    return folder


def test_a_course_is_graded_and_the_table_stays_the_same(course, tmp_path):
    out = tmp_path / "out"
    first = grade(course, "--out", out)
    assert first.returncode == 0, first.stderr
    found = cells(out)
    assert [found[name]["m01"] for name in ("solved", "'=begun", "hostile")] == [
        "8/8",
        "0/8",
        "error",
    ]
    assert {row["m02"] for row in found.values()} == {"0/7"}
    assert "exit code 0" in found["hostile"]["errors"]
    table = (out / "grades.csv").read_bytes()
    journal = (out / "journal.jsonl").read_bytes()
    (out / "journal.jsonl").write_bytes(journal[: len(journal) // 2])  # as a kill would leave it
    assert grade(course, "--out", out).returncode == 0
    assert (out / "grades.csv").read_bytes() == table
    began = time.monotonic()
    third = grade(course, "--out", out)
    assert (out / "grades.csv").read_bytes() == table
    assert third.stdout == first.stdout
    assert "grade in a container" in " ".join(third.stdout.split())
    assert time.monotonic() - began < 60  # no process was started for it


def test_a_killed_run_is_resumed(course, tmp_path):
    out = tmp_path / "out"
    command = [sys.executable, "-m", "kata", "grade", str(course), "--out", str(out)]
    run = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    while not (out / "journal.jsonl").exists() or not (out / "journal.jsonl").read_bytes():
        assert run.poll() is None
        time.sleep(0.1)
    os.kill(run.pid, signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    run.wait()
    before = known(out / "journal.jsonl")
    assert grade(course, "--out", out).returncode == 0
    assert before.items() <= known(out / "journal.jsonl").items()
    assert cells(out)["solved"]["m01"] == "8/8"


def test_nothing_of_a_clone_is_run(course, tmp_path):
    """No git configuration, no hook, no noxfile, no conftest."""
    clone, ran = course / "solved", tmp_path / "ran"
    git = ["git", "-C", str(clone), "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "-q"], check=True)
    subprocess.run([*git, "add", "-A"], check=True)
    subprocess.run([*git, "commit", "-qm", "done"], check=True)
    wanted = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    subprocess.run([*git, "config", "core.fsmonitor", f"touch '{ran}'"], check=True)
    for name in ("noxfile.py", "conftest.py", "sitecustomize.py", "milestones/conftest.py"):
        (clone / name).write_text(f"open({str(ran)!r}, 'w')\n")
    shutil.rmtree(course / "hostile")
    assert grade(clone, "--out", tmp_path / "out").returncode == 0
    assert not ran.exists()
    assert cells(tmp_path / "out")["solved"]["commit"] == wanted.stdout.strip()


def test_the_journal_keeps_whole_lines_and_no_others(tmp_path):
    journal = Journal(tmp_path / "journal.jsonl")
    result = Result("m01", "error", {}, "no")
    journal.add("a", result)
    journal.close()
    with open(tmp_path / "journal.jsonl", "ab") as file:
        file.write(b'\n{"key": "b", "resul')
    journal = Journal(tmp_path / "journal.jsonl")
    journal.add("c", result)
    journal.close()
    assert known(tmp_path / "journal.jsonl") == {"a": result, "c": result}


def test_a_verdict_is_known_by_the_files_it_rests_on(tmp_path):
    m01, m02 = milestone("m01"), milestone("m02")
    stubs.write(tmp_path)
    before = [key(tmp_path, m) for m in (m01, m02)]
    with open(tmp_path / "m02_self_attention" / "masks.py", "a") as file:
        file.write("# mine\n")
    between = [key(tmp_path, m) for m in (m01, m02)]
    assert (between[0] == before[0], between[1] == before[1]) == (True, False)
    with open(tmp_path / "m01_mlp" / "mlp.py", "a") as file:
        file.write("# mine\n")
    assert all(now != then for now, then in zip([key(tmp_path, m02)], between[1:], strict=True))


def test_only_what_was_handed_out_is_untouched(tmp_path):
    shutil.copytree(ROOT / "milestones", tmp_path / "milestones")
    assert all(untouched(tmp_path, m) for m in milestones())
    (tmp_path / "milestones" / "m02_self_attention" / "mine.py").write_text("")
    assert [m.id for m in milestones() if not untouched(tmp_path, m)] == ["m02"]


def test_submissions_are_found_in_folders_of_them(tmp_path):
    for name in ("a/ann/milestones/m01_mlp", "b/ann/milestones/m01_mlp", "b/bob/m01_mlp", "b/none"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "b" / "link").symlink_to(tmp_path / "a" / "ann")
    names = [s.name for s in find([tmp_path / "a" / "ann", tmp_path / "b"])]
    assert names == ["a/ann", "b/ann", "bob", "none"]
    with pytest.raises(KataError, match="is not a folder"):
        find([tmp_path / "c"])


def test_a_commit_is_read_without_git(tmp_path):
    git = tmp_path / ".git"
    git.mkdir()
    assert commit(tmp_path) == ""
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    (git / "packed-refs").write_text(f"# pack-refs\n{'a' * 40} refs/heads/main\n")
    assert commit(tmp_path) == "a" * 40
    (git / "HEAD").write_text("ref: refs/../../secret\n")
    assert commit(tmp_path) == ""
    (git / "HEAD").write_text("b" * 40 + "\n")
    assert commit(tmp_path) == "b" * 40


def row() -> gradebook.Row:
    green = {"state": "green", "tests": {}}
    said = {"t": {"outcome": "failed", "message": "expected 1, got 2", "diagnosis": []}}
    verdicts = {m.id: Result(m.id, "error", {}, "crashed") for m in milestones()}
    exercises = dict.fromkeys(milestone("m01").exercises, green)
    exercises["relu"] = {"state": "red", "tests": said}
    return gradebook.Row("ann", "c" * 40, verdicts | {"m01": Result("m01", "red", exercises)})


def test_errors_stand_in_the_order_of_the_milestones_whichever_was_judged_first():
    late = gradebook.Row("ann", "", dict(reversed(row().verdicts.items())))
    assert late.errors == row().errors == [f"{m.id}: crashed" for m in milestones()[1:]]


def test_gradescope_gets_a_point_for_each_green_exercise():
    found = gradebook.gradescope(row())
    assert found["score"] == sum(test["score"] for test in found["tests"]) == 7
    assert len(found["tests"]) == sum(len(m.exercises) for m in milestones())
    relu, gelu = found["tests"][:2]
    assert (relu["name"], relu["status"], relu["output"]) == (
        "m01 relu",
        "failed",
        "expected 1, got 2",
    )
    assert (gelu["status"], gelu["max_score"]) == ("passed", 1)


def test_classroom_50_gets_its_format(monkeypatch):
    monkeypatch.setenv("CLASSROOM", "course")
    found = gradebook.classroom50(row())
    json.dumps(found)
    assert found["schema"] == "classroom50/result/v1"
    every = sum(len(m.exercises) for m in milestones())
    assert (found["classroom"], found["score"], found["max-score"]) == ("course", 7, every)
    assert found["tests"][1] == {
        "test-name": "m01 gelu",
        "passed": True,
        "score": 1,
        "max-score": 1,
        "output": "",
    }


def test_a_submission_with_nothing_in_it_is_told(tmp_path):
    (tmp_path / "empty").mkdir()
    assert find([tmp_path / "empty"]) == [Submission("empty", tmp_path / "empty")]
