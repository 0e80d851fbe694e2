"""The workflows and the container, as linters see them and as a runner would start them.

pytest tests/kata/test_workflows.py
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from kata.paths import ROOT

pytestmark = pytest.mark.timeout(120)
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
TEXTS = [pytest.param(file.read_text("utf-8"), id=file.name) for file in WORKFLOWS]
PINNED = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


def tool(name: str, *arguments: object) -> str:
    """What a linter of the group `verify` has to say; empty where it is content."""
    scripts = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    program = shutil.which(name, path=scripts)
    assert program, f"{name} is not installed: nox -s verify installs it"
    ended = subprocess.run(
        [program, *map(str, arguments)], cwd=ROOT, capture_output=True, encoding="utf-8"
    )
    return ended.stdout + ended.stderr if ended.returncode else ""


def test_github_would_understand_the_workflows():
    assert tool("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS) == ""


def test_the_workflows_are_safe_by_zizmor():
    assert tool("zizmor", "--offline", "--pedantic", ".github/workflows") == ""


@pytest.mark.skipif(sys.platform != "linux", reason="hadolint comes for Linux alone")
def test_the_dockerfile_is_clean_by_hadolint():
    assert tool("hadolint", "Dockerfile") == ""


@pytest.mark.parametrize("text", TEXTS)
def test_a_workflow_may_nothing_lasts_not_forever_and_names_its_actions_exactly(text):
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert workflow["concurrency"]["cancel-in-progress"] is True
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 120
        for step in job["steps"]:
            if "actions/checkout" in step.get("uses", ""):
                assert step["with"]["persist-credentials"] is False
    uses = [line.strip(" -") for line in text.splitlines() if "uses:" in line]
    assert uses
    assert [line for line in uses if not PINNED.fullmatch(line)] == []
    assert [
        word for word in ("pull_request_target", "secrets.", "self-hosted") if word in text
    ] == []


def test_only_the_job_that_runs_no_learners_code_may_write():
    jobs = yaml.safe_load((ROOT / ".github/workflows/progress.yml").read_text("utf-8"))["jobs"]
    may = {name: job["permissions"] for name, job in jobs.items()}
    reads = {"contents": "read"}  # to check out a private copy
    assert may == {"source": reads, "judge": {}, "publish": {"contents": "write"}}
    knows_the_token = [
        (name, step["name"])
        for name, job in jobs.items()
        for step in job["steps"]
        if "github.token" in str(step)
    ]
    assert knows_the_token == [("publish", "Push")]
    runs = "\n".join(step.get("run", "") for step in jobs["publish"]["steps"])
    assert re.findall(r"python\S* .*", runs) == [
        'python3 -m kata.judging.publish verdicts badges >> "$GITHUB_STEP_SUMMARY"'
    ]


def test_publishing_needs_python_alone_and_imports_no_milestone():
    look = "import sys, kata.judging.publish\n"
    look += "print(*sorted({name.partition('.')[0] for name in sys.modules}))"
    bare = [sys.executable, "-S", "-c", look]
    names = subprocess.run(bare, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert set(names.split()) - set(sys.stdlib_module_names) <= {"kata", "__main__"}


def test_the_image_installs_from_what_it_is_given(tmp_path):
    ignored = (ROOT / ".dockerignore").read_text("utf-8").split()
    given = [name.removeprefix("!") for name in ignored if name.startswith("!")]
    copied = re.findall(r"COPY --chown=1000 (.+) \S+$", (ROOT / "Dockerfile").read_text(), re.M)
    assert sorted(given) == sorted(" ".join(copied).split())
    for name in given:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    venv = tmp_path / "venv"
    look = "import noxfile; print(noxfile.VENV, callable(noxfile.install))"
    ended = subprocess.run(
        [sys.executable, "-c", look],
        cwd=tmp_path,
        env={**os.environ, "KATA_VENV": str(venv)},
        capture_output=True,
        text=True,
    )
    assert (ended.stdout, ended.stderr) == (f"{venv} True\n", "")


def test_the_devcontainer_is_built_from_the_same_image():
    container = json.loads((ROOT / ".devcontainer/devcontainer.json").read_text("utf-8"))
    file = ROOT / ".devcontainer" / container["build"]["dockerfile"]
    text = file.read_text("utf-8")
    assert f"--uid 1000 --shell /bin/bash {container['remoteUser']}\n" in text
    venv = re.search(r"KATA_VENV=(\S+)", text)[1]
    settings = container["customizations"]["vscode"]["settings"]
    assert settings["python.defaultInterpreterPath"] == f"{venv}/bin/python"
