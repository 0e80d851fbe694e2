"""What is handed in oddly, and what the judge's own computer does, costs nobody else anything.

pytest tests/kata/test_odd_submissions.py  (cheats and accidents in code: tests/kata/gauntlet)
"""

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

import pytest

from kata.course import stubs
from kata.course.curriculum import milestone, milestones
from kata.errors import KataError
from kata.folders import remove_tree
from kata.judging import grade, gradebook, judge, sandbox
from kata.judging.decision import Result
from kata.judging.grade import key
from kata.judging.journal import Journal
from kata.judging.judge import Judge, Limits
from kata.judging.submissions import Submission, find, packed
from kata.paths import ROOT

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.name == "nt", reason="the names and modes are Unix's"),
]
M01, M02 = milestone("m01"), milestone("m02")
LATIN = os.fsdecode(b"J\xe9r\xf4me")
RELU = b"def relu(x):\n    return x.clamp(min=0)\n"


@pytest.fixture
def submission(tmp_path):
    """The stubs, in which relu is written."""
    folder = tmp_path / "ann"
    stubs.write(folder / "milestones")
    shutil.copy(ROOT / "solutions/m01_mlp/functions.py", folder / "milestones/m01_mlp")
    return folder


def written(folder, console=None):
    """The rows of grades.csv for results that nobody had to judge."""
    rows = [gradebook.Row(s.name, "", results("")) for s in find([folder])]
    gradebook.write(rows, folder / "out")
    return (folder / "out" / "grades.csv").read_text("utf-8")


def results(error):
    return {m.id: Result(m.id, "error", {}, error or "no") for m in milestones()}


# Names


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (LATIN, r"J\xe9r\xf4me"),
        ("two\nlines", r"two\nlines"),
        ("\x1b[2Jcleared", r"\x1b[2Jcleared"),
        ("[red]ann[bold", "[red]ann[bold"),
        ("林" * 80, "林" * 80),
        ("back\\slash", r"back\\slash"),
    ],
)
def test_a_submission_of_any_name_stands_in_the_table(name, told, tmp_path):
    (tmp_path / name / "milestones" / "m01_mlp").mkdir(parents=True)
    (tmp_path / "bob" / "milestones" / "m01_mlp").mkdir(parents=True)
    assert {s.name for s in find([tmp_path])} == {told, "bob"}
    assert f"\n{told}," in written(tmp_path)


@pytest.mark.parametrize("name", [f"{LATIN}.py", "a\nb.py", "[red].py", "x" * 200 + ".py"])
def test_a_file_of_any_name_is_judged(name, submission):
    (submission / "milestones" / "m01_mlp" / name).write_text("")
    assert key(submission, M01) != key(submission, M02)
    with Judge() as one:
        assert one.verdict(M01, submission, ["relu"]).state == "green"


def test_a_file_that_cannot_be_judged_is_told_with_its_name_escaped(submission):
    (submission / "milestones/m01_mlp" / f"{LATIN}.py").write_bytes(b"#" * (sandbox.LARGEST + 1))
    with pytest.raises(KataError, match=r"m01_mlp/J\\xe9r\\xf4me.py is larger than 256 KB"):
        sandbox.submitted(submission, M01)


# Sizes


def too_large(room: Path) -> str:
    (room / "data.py").write_bytes(b"#" * (sandbox.LARGEST + 1))
    return "data.py is larger than 256 KB"


def too_many(room: Path) -> str:
    for number in range(sandbox.MOST):
        (room / f"z{number}.py").write_text("")
    return ".py files; at most 64 are judged"


def unreadable(room: Path) -> str:
    (room / "data.py").write_text("")
    return "data.py cannot be read: Permission denied"


@pytest.mark.parametrize("spoil", [too_large, too_many, unreadable])
def test_what_cannot_be_judged_costs_its_own_milestone_alone(spoil, submission, monkeypatch):
    said = spoil(submission / "milestones" / "m01_mlp")
    if spoil is unreadable:  # also where the tests run as root
        read = Path.read_bytes

        def refused(file):
            if file.name == "data.py":
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            return read(file)

        monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(KataError, match=said):
        sandbox.submitted(submission, M01)
    assert "milestones/m01_mlp/functions.py" in sandbox.submitted(submission, M02)


def test_folders_as_deep_as_one_likes_are_removed(tmp_path):
    root = tmp_path / "root"
    root.mkdir()
    (root / "file").write_text("")
    (root / "link").symlink_to(ROOT)
    here = os.getcwd()
    os.chdir(root)
    for _ in range(3000):  # the path is longer than the system takes
        os.mkdir("folder")
        os.chdir("folder")
    Path("file").write_text("")
    os.chdir(here)
    remove_tree(root)
    assert not root.exists()
    assert (ROOT / "README.md").exists()


# Where the milestones lie


def test_a_submission_unpacked_into_a_folder_of_its_own_is_found(tmp_path):
    for name in ("ann/kata-main/milestones/m01_mlp", "bob/m01_mlp", "__MACOSX/ann/milestones"):
        (tmp_path / name).mkdir(parents=True)
    assert find([tmp_path]) == [
        Submission("ann", tmp_path / "ann" / "kata-main"),
        Submission("bob", tmp_path / "bob"),
    ]


def test_an_archive_that_nobody_unpacked_is_told(tmp_path):
    (tmp_path / "ann.zip").write_bytes(b"")
    assert packed([tmp_path]) == ["ann.zip"]


# The judge's own computer


def graded(submission, journal_file):
    one = Submission("ann", submission)
    journal = Journal(journal_file)
    with grade._Worker(journal, grade.threading.Event(), str) as worker:
        worker._judge_one(one)
    journal.close()
    return one.verdicts, journal


def test_a_full_disk_is_tried_again_and_never_journaled(submission, tmp_path, monkeypatch):
    full = [True, True]  # twice, and then there is room

    def mkdtemp(*args, **options):
        if full and full.pop():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return made(*args, **options)

    made = sandbox.tempfile.mkdtemp
    monkeypatch.setattr(sandbox.tempfile, "mkdtemp", mkdtemp)
    with Judge() as one:
        assert one.verdict(M01, submission, ["relu"]).state == "green"
    full[:] = [True] * 1000
    verdicts, journal = graded(submission, tmp_path / "journal")
    assert verdicts["m01"].again
    assert "The judge's own computer was in the way: No space left" in verdicts["m01"].error
    assert journal.known == {}


def test_a_disk_that_is_full_after_the_run_makes_no_test_red(submission, monkeypatch):
    (submission / "milestones/m01_mlp/functions.py").write_text("def relu(x):\n    return x\n")
    free = iter([1 << 40, 1 << 40, *[0] * 100])  # the manifest, and before the run

    class Usage:
        def __init__(self, _):
            self.free = next(free)

    monkeypatch.setattr(judge.shutil, "disk_usage", Usage)
    with Judge() as one:
        result = one.verdict(M01, submission, ["relu"])
    assert (result.state, result.again) == ("error", True)
    assert "its disk is full" in result.error


STOPS = """
import os, signal
from kata.course.curriculum import milestone
from kata.judging.judge import Judge

judge = Judge()
judge.manifest(milestone("m01"), ["relu"])
os.kill(judge._worker.pid, signal.SIGSTOP)
print(judge._worker.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere nothing tells that a parent died")
def test_a_worker_that_was_stopped_does_not_outlive_the_judge():
    command = [sys.executable, "-c", STOPS]
    ended = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    worker = Path("/proc", ended.stdout.strip())
    assert worker.name.isdecimal()
    until = time.monotonic() + 60
    while worker.exists() and time.monotonic() < until:
        time.sleep(0.1)
    assert not worker.exists()


def test_an_answer_of_an_earlier_run_is_nobody_else_s(submission):
    with Judge() as one:
        assert one.verdict(M01, submission, ["relu"]).state == "green"
        ask = one._worker.stdin
        stale = {"id": "of another", "root": str(submission), "only_collect": True, "tests": []}
        ask.write(json.dumps(stale | asdict(Limits()) | {"milestone": "m01"}).encode() + b"\n")
        ask.flush()
        assert one.verdict(M01, submission, ["relu"]).state == "green"


def test_what_fails_in_the_judge_costs_one_milestone(submission, tmp_path, monkeypatch):
    def broken(submission, of):
        if of == M01:
            raise UnicodeEncodeError("utf-8", "x", 0, 1, "surrogates not allowed")
        return False

    monkeypatch.setattr(grade, "untouched", broken)
    monkeypatch.setattr(grade, "Judge", Told)
    verdicts, journal = graded(submission, tmp_path / "journal")
    assert verdicts["m01"].error.startswith("The judge failed at it: UnicodeEncodeError")
    assert [verdicts[m.id].error for m in milestones()[1:]] == ["no"] * (len(milestones()) - 1)
    assert len(journal.known) == len(milestones()) - 1


class Told:
    """A judge that takes its time, by its own clock."""

    clock, takes = 0.0, 0.0

    def __init__(self, many):
        pass

    def verdict(self, of, _):
        Told.clock += Told.takes
        return Result(of.id, "error", {}, "no")

    def close(self):
        pass


def test_a_submission_that_uses_up_its_time_is_stopped_also_after_a_kill(
    submission, tmp_path, monkeypatch
):
    monkeypatch.setattr(grade, "Judge", Told)
    monkeypatch.setattr(grade, "untouched", lambda *_: False)
    monkeypatch.setattr(grade.time, "monotonic", lambda: Told.clock)
    monkeypatch.setattr(Told, "takes", Limits().seconds)
    verdicts, _ = graded(submission, tmp_path / "journal")
    left = "Not run: the milestones before it had used up the submission's 400 s."
    assert [v.error for v in verdicts.values()] == ["no"] * 3 + [left] * (len(milestones()) - 3)
    lines = (tmp_path / "journal").read_bytes().splitlines()
    (tmp_path / "journal").write_bytes(b"\n".join(lines[:3]) + b'\n{"key": "cut o')
    again, _ = graded(submission, tmp_path / "journal")
    assert again == verdicts


# The journal


@pytest.mark.parametrize(
    "line",
    [
        b"[]",
        b"null",
        b"1",
        b'"text"',
        b"[" * 100_000,
        b"\xff\xfe",
        b"9" * 5000,
        b'{"key": "k", "result": 1}',
        b'{"key": "k", "result": {"milestone": "m01", "state": "green", "exercises": {}}}',
        b'{"key": "k", "result": {"milestone": "m99", "state": "red", "exercises": {}}}',
        b'{"key": "k", "result": {"milestone": [], "state": "red", "exercises": 5}}',
        b'{"key": "k", "result": {"milestone": "m01", "state": "error", "exercises": {}}}',
    ],
)
def test_a_line_that_is_not_the_journal_s_is_passed_over(line, tmp_path):
    result = Result("m01", "error", {}, "no")
    entry = json.dumps({"key": "mine", "result": asdict(result)}).encode()
    (tmp_path / "journal").write_bytes(line + b"\n" + entry)
    journal = Journal(tmp_path / "journal")
    journal.close()
    assert journal.known == {"mine": result}


def test_results_that_cannot_be_written_are_told_and_the_table_is_shown(submission, tmp_path):
    out = tmp_path / "out"
    out.write_text("")  # no folder can be there
    command = [sys.executable, "-m", "kata", "grade", str(submission), "--out", str(out)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (2, "")
    assert "The results cannot be written to" in ended.stdout
