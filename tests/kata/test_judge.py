"""The isolated verdict: its file, its decision, and the sessions that tick by it.

pytest tests/kata/test_judge.py  (what submissions try against it: tests/kata/gauntlet)
"""

import copy
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time

import pytest

from kata.course import verdict
from kata.course.curriculum import milestone
from kata.course.verdict import Failure
from kata.errors import KataError
from kata.judging import worker
from kata.judging.decision import decide
from kata.judging.judge import Judge, Limits
from kata.learner.apart import in_a_fork
from kata.learner.warm import CAN_FORK
from kata.paths import ROOT
from tests.kata.learner import python
from tests.kata.terminal import clone_into

pytestmark = pytest.mark.timeout(300)
M01 = milestone("m01")


def kata(*arguments: object, cwd=ROOT) -> subprocess.CompletedProcess[str]:
    return python(cwd, "-m", "kata", *map(str, arguments), COLUMNS="200")


# The decision

MANIFEST = ["relu::a", "relu::b", "gelu::a"]
WHOLE = {
    "exit": 0,
    "ids": MANIFEST,
    "exercises": {
        name: {
            "state": "green",
            "tests": {
                id: {"outcome": "passed", "message": "", "diagnosis": []}
                for id in MANIFEST
                if id.startswith(name)
            },
        }
        for name in ("relu", "gelu")
    },
}


def decided(code: int = 0, **changed: object):
    return decide(M01, ["relu", "gelu"], MANIFEST, copy.deepcopy(WHOLE) | changed, code)


def with_outcome(outcome: str) -> dict:
    exercises = copy.deepcopy(WHOLE["exercises"])
    exercises["relu"]["tests"]["relu::b"]["outcome"] = outcome
    return exercises


def test_green_is_every_test_passed_and_exit_code_0():
    assert decided().state == "green"
    assert decided().states(M01)["gelu"] == "green"


@pytest.mark.parametrize("outcome", ["failed", "skipped", "missing", "xpassed", ""])
def test_any_other_outcome_is_red_whatever_state_was_sent(outcome):
    assert decided(1, exit=1, exercises=with_outcome(outcome)).state == "red"


def test_todo_is_told_from_red():
    assert decided(1, exit=1, exercises=with_outcome("todo")).state == "todo"


INCOMPLETE = {
    "exit code of the process": (1, {}),
    "exit code sent": (0, {"exit": 1}),
    "interrupted": (2, {"exit": 2}),
    "no tests": (5, {"exit": 5, "ids": [], "exercises": {}}),
    "a test less collected": (0, {"ids": MANIFEST[:-1]}),
    "a test more collected": (0, {"ids": [*MANIFEST, "gelu::b"]}),
    "an exercise less reported": (0, {"exercises": {"relu": WHOLE["exercises"]["relu"]}}),
    "failed, yet exit code 0": (0, {"exercises": with_outcome("failed")}),
    "passed, yet exit code 1": (1, {"exit": 1}),
}


@pytest.mark.parametrize("name", INCOMPLETE)
def test_what_is_incomplete_or_does_not_agree_is_no_verdict(name):
    code, changed = INCOMPLETE[name]
    assert decided(code, **changed).state == "error"
    assert decided(code, **changed).error


# The file


def test_the_verdict_is_written_in_the_format_of_the_report(tmp_path):
    out = tmp_path / "a folder" / "m02.json"
    ended = kata("judge", "m02", "--submission", ROOT / "solutions", "--out", out)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    found = json.loads(out.read_text("utf-8"))
    assert (found["version"], found["milestone"], found["state"]) == (1, "m02", "green")
    assert tuple(found["exercises"]) == milestone("m02").exercises
    assert "error" not in found
    tests = [t for one in found["exercises"].values() for t in one["tests"].values()]
    assert {test["outcome"] for test in tests} == {"passed"}


def test_without_a_verdict_the_file_says_why_and_nothing_older_is_left(tmp_path):
    out = tmp_path / "m01.json"
    out.write_text('{"state": "green"}')
    assert kata("judge", "m01", "--submission", tmp_path, "--out", out).returncode == 1
    found = json.loads(out.read_text("utf-8"))
    assert (found["state"], found["exercises"]) == ("error", {})
    assert found["error"] == "milestones/m01_mlp is missing, or is not a folder."


# Sessions

VERDICT = {
    "m01": {
        "relu": verdict.ExerciseVerdict(
            {
                "a": verdict.TestVerdict("passed"),
                "b": verdict.TestVerdict("failed", Failure("no", called="x")),
            }
        )
    }
}


def test_a_run_in_a_fork_hands_its_verdict_back():
    assert in_a_fork(lambda: VERDICT) == VERDICT


@pytest.mark.skipif(not CAN_FORK, reason="this system has no safe fork")
def test_an_exit_in_a_fork_is_an_error_and_a_thread_left_over_is_not():
    with pytest.raises(KataError, match="ended before its verdict, with exit code 0"):
        in_a_fork(lambda: os._exit(0))
    with pytest.raises(KataError, match="crashed: Killed"):
        in_a_fork(lambda: os.kill(os.getpid(), signal.SIGKILL))

    def run():
        threading.Thread(target=time.sleep, args=(1000,)).start()
        return VERDICT

    assert in_a_fork(run) == VERDICT


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_milestone_that_is_not_green_on_a_copy_is_not_ticked(tmp_path):
    clone = clone_into(tmp_path)
    room = clone / "milestones" / "m01_mlp"
    for file in (ROOT / "solutions" / "m01_mlp").glob("*.py"):
        shutil.copy(file, room / file.name)
    (room / "mlp.py").unlink()
    (room / "mlp.py").symlink_to(ROOT / "solutions" / "m01_mlp" / "mlp.py")
    ended = kata("m01", cwd=clone)
    assert ended.returncode == 1
    assert "m01 is green here, but not on a copy" in ended.stdout
    assert "m01_mlp/mlp.py is missing" in ended.stdout
    boxes = (clone / "CHECKLIST.md").read_text("utf-8")
    assert "- [ ] `m01` " in boxes
    assert "- [ ] `m01/MLP` " in boxes


@pytest.mark.skipif(not CAN_FORK, reason="this system has no safe fork")
def test_progress_gives_every_milestone_its_verdict(tmp_path):
    clone = clone_into(tmp_path)
    for package in ("m01_mlp", "m02_self_attention"):
        for file in (ROOT / "solutions" / package).glob("*.py"):
            shutil.copy(file, clone / "milestones" / package / file.name)
    crash = clone / "milestones" / "m03_multi_head_attention" / "heads.py"
    crash.write_text("import os\n\nos._exit(0)\n")
    ended = kata("progress", cwd=clone)
    assert ended.returncode == 1
    assert "m03: The run ended before its verdict, with exit code 0" in ended.stdout
    boxes = (clone / "CHECKLIST.md").read_text("utf-8")
    ticked = [
        f"- [{mark}] `{id}`" in boxes for id, mark in (("m01", "x"), ("m02", "x"), ("m03", " "))
    ]
    assert ticked == [True, True, True]


# What took too long


def test_only_a_run_that_computed_all_the_while_may_be_a_loop():
    assert worker.unended(180, 175.04) == (
        "did not end within 180 s, and was stopped; it computed for 175.0 s of them (an endless "
        "loop?)"
    )
    assert worker.unended(180, 60).endswith("; it computed for 60.0 s of them")
    assert worker.unended(180).endswith("and was stopped")


@pytest.mark.skipif(not CAN_FORK, reason="only Linux tells")
def test_the_processor_time_of_another_process_is_read():
    busy = "import time\nwhile time.process_time() < 0.3: pass\nprint(flush=True)\ntime.sleep(60)"
    with subprocess.Popen([sys.executable, "-c", busy], stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        found = worker.processor_seconds(process.pid)
        process.kill()
    assert 0.3 <= found < 30
    assert worker.processor_seconds(process.pid) is None


def test_a_submission_that_sleeps_is_not_said_to_loop(tmp_path):
    room = tmp_path / "milestones/m01_mlp"
    room.mkdir(parents=True)
    (room / "__init__.py").write_text(
        "while True:\n  try: import time; time.sleep(9)\n  except:0\n"
    )
    with Judge(Limits(seconds=3)) as judge:
        error = judge.verdict(M01, tmp_path, ["relu"]).error
    assert error.startswith("The run did not end within 3 s, and was stopped")
    assert "loop" not in error
