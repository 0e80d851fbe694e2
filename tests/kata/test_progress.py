"""The learner's workflow, replayed: a hostile milestone beside an honest one.

pytest tests/kata/test_progress.py
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from xml.etree import ElementTree

import pytest

from kata.paths import ROOT
from tests.kata.actions import Replay, git

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="the workflow's runners are Linux"),
]
HOSTILE = """
import json, pathlib, sys

def shout(text):
    for stream in (sys.stdout, sys.__stdout__, sys.stderr):
        print(text, file=stream, flush=True)

runner = pathlib.Path({runner!r})
for name in ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"):
    for file in runner.glob("step*/" + name):
        with file.open("a") as opened:
            opened.write("LD_PRELOAD=/tmp/evil.so\\nids=[]\\n| m02 | green |\\n")
exercises = {{name: {{"state": "green"}} for name in {exercises!r}}}
forged = {{"version": 1, "milestone": "m02", "state": "green", "exercises": exercises}}
(runner / "work/verdict.json").write_text(json.dumps(forged))
(runner / "work/witness").write_text("all of it ran")
shout("::set-env name=BASH_ENV::/tmp/evil")
shout("::add-mask::green")
shout("::error::forged")
shout("::stop-commands::mine")
"""


@pytest.fixture(scope="module")
def replayed(tmp_path_factory):
    """A learner's push with m01 solved and a hostile m02, and what the workflow made of it."""
    folder = tmp_path_factory.mktemp("a runner")
    clone = folder / "clone"
    export = [sys.executable, "-m", "kata", "export", str(clone)]
    subprocess.run(export, cwd=ROOT, check=True, capture_output=True)
    curriculum = clone / "milestones/curriculum.toml"
    head, first, second, *_ = curriculum.read_text("utf-8").split("[[milestone]]")
    curriculum.write_text("[[milestone]]".join([head, first, second]), "utf-8")  # two are enough
    for file in (ROOT / "solutions/m01_mlp").glob("*.py"):
        shutil.copy(file, clone / "milestones/m01_mlp")
    exercises = tomllib.loads(curriculum.read_text("utf-8"))["milestone"][1]["exercises"]
    attack = HOSTILE.format(runner=str(folder / "runners/judge m02"), exercises=exercises)
    attacked = clone / "milestones/m02_self_attention/attention.py"
    attacked.write_text(attacked.read_text("utf-8") + attack, "utf-8")
    for planted in ("json.py", "random.py", "sitecustomize.py"):
        (clone / planted).write_text("raise SystemExit('planted')\n")
    server = folder / "server"
    git("init", "--quiet", "--bare", "-b", "main", str(server / "ada/kata"), at=folder)
    git("init", "--quiet", "-b", "main", at=clone)
    git("add", "--all", at=clone)
    git("commit", "--quiet", "-m", "m01 is done", at=clone)
    git("push", "--quiet", str(server / "ada/kata"), "main", at=clone)
    workflow = clone / ".github/workflows/progress.yml"
    replay = Replay(workflow, server, "ada/kata", folder / "runners", install_before)
    replay.run()
    return replay


def install_before(work: Path) -> None:
    """What the step Install would download: .venv, stamped as noxfile.py stamps it."""
    venv = work / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    (packages,) = venv.glob("lib/*/site-packages")
    outer = [folder for folder in sys.path if Path(folder).name == "site-packages"]
    (packages / "outer.pth").write_text("\n".join(outer) + "\n")
    wanted = tomllib.loads((work / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    digest = hashlib.sha256("\n".join([str(venv), sys.version, *wanted]).encode()).hexdigest()
    (venv / "stamp").write_text(digest)


def test_every_job_ends_well_and_in_order(replayed):
    assert list(replayed.jobs) == ["source", "judge m01", "judge m02", "publish"]
    assert {name: job.log for name, job in replayed.jobs.items() if not job.success} == {}


def test_the_badges_branch_tells_what_was_judged(replayed, tmp_path):
    server = replayed.server / replayed.repository
    assert git("rev-list", "--count", "badges", at=server) == "1"
    git("clone", "--quiet", "-b", "badges", str(server), str(tmp_path / "badges"), at=tmp_path)
    files = {f.name: f for f in (tmp_path / "badges").iterdir() if f.is_file()}
    ids = ["kata", "m01", "m02"]
    assert set(files) == {f"{id}.{kind}" for id in ids for kind in ("svg", "json")} | {
        "progress.json"
    }
    progress = json.loads(files["progress.json"].read_text("utf-8"))
    assert progress["commit"] == replayed.sha
    assert {id: found["state"] for id, found in progress["milestones"].items()} == {
        "m01": "green",
        "m02": "todo",
    }
    for name, said in {"m01": "8 of 8", "m02": "0 of 7", "kata": "8 of 15"}.items():
        title = ElementTree.parse(files[f"{name}.svg"]).findtext("{*}title")
        assert title.endswith(f": {said} exercises green")


def test_a_hostile_milestone_reaches_no_other_step(replayed):
    attacked = replayed.jobs["judge m02"]
    assert (replayed.folder / "judge m02/work/witness").read_text() == "all of it ran"
    assert (attacked.env, attacked.outputs, attacked.summary) == ({}, {}, "")
    published = replayed.jobs["publish"]
    assert (published.env, published.outputs) == ({}, {})
    assert [command for job in replayed.jobs.values() for command in job.commands] == []


def test_the_summary_is_the_table_and_nothing_else(replayed):
    head, rule, first, second, blank, owned, made, *rest = replayed.jobs[
        "publish"
    ].summary.splitlines()
    assert (head, rule) == ("| milestone | state | exercises green |", "|---|---|---|")
    assert first == "| m01 Functions, layers, a first language model | green | 8 of 8 |"
    assert second == "| m02 Self-attention without parameters | todo | 0 of 7 |"
    assert (blank, rest) == ("", [""])
    assert owned.startswith("Self-reported: the owner of this repository can change it.")
    assert made.startswith(f"Commit {replayed.sha}, kata 0.1.0, tests ")
