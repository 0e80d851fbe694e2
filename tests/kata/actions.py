"""Runs a workflow's jobs as GitHub's runner would: every `run:` block for real, in a clean clone.

Of expressions and actions it knows those that the kata's workflows use, and refuses others.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FILES = ("GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY")
EXPRESSION = re.compile(r"\$\{\{ *(.*?) *\}\}")
COMMAND = re.compile(r"^::([\w-]+)[^:]*::(.*)$")


@dataclass
class Job:
    """What came of a job, or of one cell of its matrix."""

    success: bool = True
    outputs: dict[str, str] = field(default_factory=dict)
    env: dict[str, str] = field(default_factory=dict)  # what its steps set for those after them
    commands: list[str] = field(default_factory=list)  # what the runner would have obeyed
    summary: str = ""
    log: str = ""


@dataclass
class Replay:
    """A push of the bare repository `server`/`repository` and the runners it sets to work."""

    workflow: Path
    server: Path
    repository: str
    folder: Path  # of the runners; artifacts are kept here, too
    prepare: Callable[[Path], None]  # called where a milestone is about to be judged
    artifacts: Path = field(init=False)
    jobs: dict[str, Job] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.artifacts = self.folder / "artifacts"
        self.artifacts.mkdir(parents=True)
        self.sha = git("rev-parse", "HEAD", at=self.server / self.repository)

    def run(self) -> None:
        """All jobs, each after those that it needs."""
        self.text = yaml.safe_load(self.workflow.read_text("utf-8"))
        for name, job in self.text["jobs"].items():
            needs = job.get("needs", [])
            needs = [needs] if isinstance(needs, str) else needs
            assert set(needs) <= {done.partition(" ")[0] for done in self.jobs}
            if not all(self.ended_well(one) for one in needs) and "if" not in job:
                continue
            cells = job.get("strategy", {}).get("matrix", {"": [""]})
            ((axis, values),) = cells.items()
            for value in json.loads(self.fill(values, {})) if isinstance(values, str) else values:
                title = f"{name} {value}".strip()
                self.jobs[title] = self.run_job(title, job, {f"matrix.{axis}": value})

    def ended_well(self, name: str) -> bool:
        return all(j.success for title, j in self.jobs.items() if title.partition(" ")[0] == name)

    def run_job(self, title: str, job: dict[str, Any], known: dict[str, str]) -> Job:
        done = Job()
        room = self.folder / title
        (room / "home").mkdir(parents=True)
        for number, step in enumerate(job["steps"]):
            if not self.wanted(step):
                continue
            if "uses" in step:
                self.act(step, room, known, done)
            elif done.success:
                self.run_step(step, room, room / f"step{number}", known, done)
            for name, output in done.outputs.items():
                known[f"steps.{step.get('id')}.outputs.{name}"] = output
        done.outputs = {k: self.fill(v, known) for k, v in job.get("outputs", {}).items()}
        return done

    def wanted(self, step: dict[str, Any]) -> bool:
        default = "${{ github.ref_name == github.event.repository.default_branch }}"
        assert step.get("if") in (None, default), step["if"]
        return True

    def run_step(
        self, step: dict[str, Any], room: Path, files: Path, known: dict[str, str], done: Job
    ) -> None:
        files.mkdir()
        for name in FILES:
            (files / name).touch()
        script = files / "script.sh"
        script.write_text(self.fill(step["run"], known), "utf-8")
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("KATA_", "PYTEST_"))}
        own = {k: self.fill(v, known) for k, v in step.get("env", {}).items()}
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        ended = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=room / "work",
            env={**kept, "PATH": path, **self.variables(room, files), **done.env, **own},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        done.success = ended.returncode == 0
        done.log += ended.stdout
        done.commands += obeyed(ended.stdout)
        done.env |= pairs(files / "GITHUB_ENV")
        done.outputs |= pairs(files / "GITHUB_OUTPUT")
        done.summary += (files / "GITHUB_STEP_SUMMARY").read_text("utf-8")

    def variables(self, room: Path, files: Path) -> dict[str, str]:
        return {
            **{name: str(files / name) for name in FILES},
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_SHA": self.sha,
            "GITHUB_REF_NAME": "main",
            "GITHUB_REPOSITORY": self.repository,
            "GITHUB_SERVER_URL": self.server.as_uri(),
            "HOME": str(room / "home"),
            "RUNNER_TEMP": str(room),
        }

    def act(self, step: dict[str, Any], room: Path, known: dict[str, str], done: Job) -> None:
        action = step["uses"].partition("@")[0]
        given = {k: self.fill(str(v), known) for k, v in step.get("with", {}).items()}
        work = room / "work"
        if action == "actions/checkout":
            checkout(self.server / self.repository, work, given)
        elif action == "actions/upload-artifact":
            paths = given["path"].split()
            done.success = done.success and all((work / path).exists() for path in paths)
            for path in paths if done.success else []:
                target = self.artifacts / given["name"] / path
                target.parent.mkdir(parents=True, exist_ok=True)
                copy = shutil.copytree if (work / path).is_dir() else shutil.copy
                copy(work / path, target)
        elif action == "actions/download-artifact" and "name" in given:
            shutil.copytree(self.artifacts / given["name"], work)
            self.prepare(work)
        elif action == "actions/download-artifact":
            for artifact in sorted(self.artifacts.glob(given["pattern"])):
                shutil.copytree(artifact, work / given["path"] / artifact.name)
        else:
            assert action == "actions/setup-python", action

    def fill(self, text: str, known: dict[str, str]) -> str:
        """The text with its expressions' values."""
        values = {"github.token": "no-token-here", "vars.PIP_EXTRA_INDEX_URL": "", **known}
        for name, job in self.jobs.items():
            values |= {f"needs.{name}.outputs.{k}": v for k, v in job.outputs.items()}
        values |= {f"fromJSON({k})": v for k, v in values.items()}
        return EXPRESSION.sub(lambda found: values[found[1]], text)


def checkout(source: Path, work: Path, given: dict[str, str]) -> None:
    assert given["persist-credentials"] == "False"
    git("clone", "--quiet", "--no-checkout", source.as_uri(), str(work), at=source)
    if patterns := given.get("sparse-checkout"):
        git("sparse-checkout", "set", "--no-cone", *patterns.split(), at=work)
    git("checkout", "--quiet", at=work)


def git(*arguments: str, at: Path) -> str:
    command = ["git", "-c", "user.name=Ada", "-c", "user.email=ada@example.org", *arguments]
    ended = subprocess.run(command, cwd=at, capture_output=True, encoding="utf-8")
    assert ended.returncode == 0, f"{command}: {ended.stdout}{ended.stderr}"
    return ended.stdout.strip()


def obeyed(log: str) -> list[str]:
    """The workflow commands in the log, but for those between stop-commands and its token."""
    found, token = [], ""
    for line in log.splitlines():
        if not (said := COMMAND.match(line.lstrip())):
            continue
        if token:
            token = "" if said[1] == token else token
        elif said[1] == "stop-commands":
            token = said[2]
        else:
            found.append(line)
    return found


def pairs(file: Path) -> dict[str, str]:
    """name=value lines, as GITHUB_ENV and GITHUB_OUTPUT hold them."""
    lines = file.read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)
