"""nox in a learner's edition: what it lists, and how its sessions end. And what verify runs.

pytest tests/kata/test_sessions.py
"""

import re
import subprocess
import sys
from types import SimpleNamespace

import pytest

import noxfile
from kata.paths import ROOT
from tests.kata.test_progress import install_before

pytestmark = pytest.mark.timeout(300)
GROUPS = ("Instructors: ", "Authors: ")


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sessions") / "edition"
    export = [sys.executable, "-m", "kata", "export", str(folder)]
    subprocess.run(export, cwd=ROOT, check=True, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def listed(edition):
    """What `nox -l` says of each session, in its order."""
    return dict(re.findall(r"^[*-] (\w+) -> (.+)$", nox(edition, "-l").stdout, re.M))


def nox(folder, *arguments):
    command = [sys.executable, "-m", "nox", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8")


def test_learners_sessions_are_listed_first_then_instructors_then_authors(listed):
    groups = [
        next((i for i, g in enumerate(GROUPS, 1) if s.startswith(g)), 0) for s in listed.values()
    ]
    assert set(groups) == {0, 1, 2}
    assert groups == sorted(groups)
    assert next(iter(listed)) == "next"
    assert {"verify", "oracles"}.isdisjoint(listed), "an edition has no files for them"


def test_an_edition_has_every_session_that_its_readme_offers_a_learner(edition, listed):
    for_learners, _, _ = (
        (edition / "README.md").read_text("utf-8").partition("## How it is checked")
    )
    named = set(re.findall(r"nox -s (\w+)", for_learners))
    assert "run" in named
    assert named <= listed.keys()


@pytest.mark.skipif(sys.platform != "linux", reason="the folders of .venv are Linux's")
def test_help_says_what_the_session_does_and_the_board_ends_well(edition, listed):
    install_before(edition)
    asked = nox(edition, "-s", "reset", "--", "--help")
    assert (asked.stdout, asked.returncode) == (
        f"{listed['reset']}\nUsage: nox -s reset -- MILESTONE or EXERCISE\n",
        0,
    )
    assert nox(edition).returncode == 0
    assert nox(edition, "-s", "m01").returncode == 1
    assert nox(edition, "-s", "m01", "--", "softmx").returncode == 2


@pytest.mark.parametrize("words", [[], ["--changed"], ["-x"], ["m13"], ["m03", "m14"]])
def test_verify_compares_with_transformerlens(words, monkeypatch):
    assert runs_oracles(words, monkeypatch)


@pytest.mark.parametrize("words", [["m03"], ["engine"], ["tests/kata/test_proofs.py"]])
def test_verify_of_something_else_installs_no_transformerlens(words, monkeypatch):
    assert not runs_oracles(words, monkeypatch)


def runs_oracles(words, monkeypatch):
    installed, ran = [], []
    monkeypatch.setattr(noxfile, "install", lambda *groups, **_: installed.extend(groups))
    run = lambda *command, env=None: ran.append(command)  # noqa: E731
    noxfile.verify(SimpleNamespace(posargs=words, run=run))
    assert ran[-1][1:] == ("-m", "tests.kata.verify", *words)
    compared = [command[0] for command in ran if "tests/oracles" in command]
    assert compared == [noxfile.VENV_OF_ORACLES / noxfile.INTERPRETER] * ("lens" in installed)
    return bool(compared)
