"""What runs in a judged process, from the copy's own engine: pytest, and what came of it."""

import sys
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock

import pytest

from kata.course.curriculum import milestones
from kata.course.verdict import report

LONGEST_MESSAGE = 4000  # characters of what a test says


class Collected:
    """A pytest plugin: keeps the ids of the tests that will run."""

    ids: list[str]

    def pytest_configure(self, config: Any) -> None:
        self.config = config

    def pytest_collection_finish(self, session: Any) -> None:
        self.ids = [item.nodeid for item in session.items]


class AnswersAll(ModuleType):
    """A module in which every name can be found."""

    def __getattr__(self, name: str) -> MagicMock:
        if name.startswith("__"):
            raise AttributeError(name)
        return MagicMock()


def judge(request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """pytest's exit code; the ids collected; and the report's part on the milestone."""
    collected = Collected()
    limit = f"--timeout={request['test_seconds']}"
    code = pytest.main([*_options(request), "--raw", "--tb=no", limit], plugins=[collected])
    verdict = collected.config.pluginmanager.get_plugin("kata-run").verdict
    found = report(verdict, "milestones")["milestones"].get(request["milestone"], {})
    exercises = found.get("exercises", {})
    for test in (test for one in exercises.values() for test in one["tests"].values()):
        test["message"] = test["message"][:LONGEST_MESSAGE]
        test["cause"] = test["cause"][:LONGEST_MESSAGE]
    return int(code), {"ids": collected.ids, "exercises": exercises}


def collect(request: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The ids of the tests where `milestones` is empty, and answers every import all the same."""
    for package in ("milestones", *(f"milestones.{m.package}" for m in milestones())):
        sys.modules[package] = AnswersAll(package)
    collected = Collected()
    options = [*_options(request), "--collect-only", "-o", "addopts=--import-mode=importlib"]
    code = pytest.main(options, plugins=[collected])
    return int(code), {"ids": collected.ids}


def _options(request: dict[str, Any]) -> list[str]:
    root = request["root"]
    config = ["-c", f"{root}/pyproject.toml", f"--rootdir={root}", "--noconftest"]
    plugins = ["-p", "kata.diagnosis.plugin", "-p", "no:cacheprovider"]
    return ["-qq", *config, *plugins, *request["tests"]]
