"""docs/updating.md and docs/instructors.md, word for word: a release, and no work lost.

pytest tests/kata/test_updating.py
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from kata.paths import ROOT
from tests.kata.actions import git
from tests.kata.test_export import copy_of_this_clone

pytestmark = pytest.mark.timeout(300)


def blocks(page: str) -> list[str]:
    """The commands that a page shows."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    return re.findall(r"(?:^    .+\n)+", text, flags=re.MULTILINE)


REMOTE, TEMPLATE, UPDATE, CHECKLIST, CODE, COMMIT = blocks("updating.md")
_, _, _, PUBLISH, RELEASE, *_ = blocks("instructors.md")


@pytest.fixture(scope="module")
def releases(tmp_path_factory):
    """Two editions, and the authors' clone between them in which a milestone is added."""
    folder = tmp_path_factory.mktemp("releases")
    authors = copy_of_this_clone(folder / "authors")
    export(authors, folder / "first")
    edit(authors / "pyproject.toml", 'version = "0.1.0"', 'version = "0.2.0"')
    edit(authors / "milestones/m01_mlp/README.md", "\n## ", "\nA new sentence.\n\n## ")
    reword_gelu(authors / "solutions/m01_mlp/functions.py", "Newly said. ")
    add_milestone(authors)
    export(authors, folder / "second")
    return folder


def add_milestone(authors: Path) -> None:
    curriculum = authors / "milestones/curriculum.toml"
    entry = '\n[[milestone]]\nid = "m99"\npackage = "m99_new"\ntitle = "New"\nexercises = ["new"]\n'
    curriculum.write_text(curriculum.read_text("utf-8") + entry, "utf-8")
    files = {
        "solutions/m99_new/__init__.py": "from milestones.m99_new.new import new as new\n",
        "solutions/m99_new/new.py": 'def new() -> int:\n    """Nothing."""\n    return 0\n',
        "milestones/m99_new/README.md": "# New\n",
        "milestones/m99_new/figure.svg": "<svg/>\n",
        "tests/m99_new/test_new.py": "def test_new():\n    raise NotImplementedError\n",
    }
    for name, text in files.items():
        (authors / name).parent.mkdir(exist_ok=True)
        (authors / name).write_text(text, "utf-8")
    checklist = authors / "CHECKLIST.md"
    box = "\n- [ ] `m99` **New**\n  - [ ] `m99/new` does nothing\n"
    checklist.write_text(checklist.read_text("utf-8") + box, "utf-8")


def export(authors: Path, target: Path) -> None:
    command = [sys.executable, "-m", "kata", "export", str(target)]
    subprocess.run(command, cwd=authors, check=True, capture_output=True)


def edit(file: Path, find: str, replace: str) -> None:
    text = file.read_text("utf-8")
    assert find in text
    file.write_text(text.replace(find, replace, 1), "utf-8")


def reword_gelu(functions: Path, words: str) -> None:
    head, rest = functions.read_text("utf-8").split("def gelu")
    functions.write_text(head + "def gelu" + rest.replace('"""', f'"""{words}', 1), "utf-8")


@pytest.fixture
def upstream(releases, tmp_path):
    """The repository that learners start from, with its first release; the edition beside it."""
    hub = tmp_path / "hub hub.git"
    git("init", "--quiet", "--bare", "--initial-branch=main", str(hub), at=tmp_path)
    shutil.copytree(releases / "first", tmp_path / "edition")
    (tmp_path / "authors").mkdir()
    ended = do(PUBLISH, tmp_path / "authors", hub)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return hub


def release(upstream: Path, edition: Path) -> None:
    """The second edition, as if `nox -s export` had just written it."""
    folder = upstream.parent / "authors"
    shutil.copytree(edition, upstream.parent / "release")
    first, _, rest = RELEASE.partition("\n")
    assert first == "    nox -s export -- ../release"
    ended = do(rest, folder, upstream)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def commit(clone: Path, message: str) -> None:
    git("add", "--all", at=clone)
    git("commit", "--quiet", "--message", message, at=clone)


def learner(upstream: Path, folder: Path, how: str) -> Path:
    if how == "a clone":
        git("clone", "--quiet", str(upstream), str(folder), at=upstream)
    else:
        edition = upstream.parent / "edition"
        shutil.copytree(edition, folder, ignore=shutil.ignore_patterns(".git"))
        git("init", "--quiet", "--initial-branch=main", at=folder)
        commit(folder, "Initial commit")
    for file in (ROOT / "solutions/m01_mlp").glob("*.py"):
        shutil.copy(file, folder / "milestones/m01_mlp")
    edit(folder / "milestones/m01_mlp/functions.py", "    return exp", "    # mine\n    return exp")
    (folder / "milestones/m01_mlp/own.py").write_text("answer = 42\n")
    edit(folder / "CHECKLIST.md", "- [ ] `m01/relu`", "A note of mine.\n  - [x] `m01/relu`")
    commit(folder, "m01")
    return folder


def do(block: str, clone: Path, upstream: Path) -> subprocess.CompletedProcess[str]:
    """Run a block of commands."""
    script = re.sub(r"<address[^>]*>", f"'{upstream}'", block)
    parts = [f"{who}_{what}" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")]
    me = {f"GIT_{part}": "ada@example.org" for part in parts}
    return subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=clone,
        env={**os.environ, **me},
        capture_output=True,
        encoding="utf-8",
    )


@pytest.mark.parametrize("how", ["a clone", "a template"])
def test_an_update_brings_what_is_new_and_keeps_what_is_the_learners(
    releases, upstream, tmp_path, how
):
    clone = learner(upstream, tmp_path / "ada", how)
    before = {f.name: f.read_text("utf-8") for f in (clone / "milestones/m01_mlp").glob("*.py")}
    assert do(REMOTE, clone, upstream).returncode == 0
    if how == "a template":
        ended = do(TEMPLATE, clone, upstream)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        assert git("diff", "HEAD~1", at=clone) == ""
    release(upstream, releases / "second")
    ended = do(UPDATE, clone, upstream)
    assert ended.returncode == 0, ended.stdout + ended.stderr

    after = {f.name: f.read_text("utf-8") for f in (clone / "milestones/m01_mlp").glob("*.py")}
    assert after["functions.py"].replace("Newly said. ", "") == before["functions.py"]
    assert "Newly said. " in after["functions.py"]
    assert after | {"functions.py": ""} == before | {"functions.py": ""}
    checklist = (clone / "CHECKLIST.md").read_text("utf-8")
    assert "A note of mine.\n  - [x] `m01/relu`" in checklist
    assert "- [ ] `m99/new` does nothing" in checklist
    new = ("milestones/m99_new/new.py", "tests/m99_new/test_new.py", "solutions.zip")
    for name in (*new, "pyproject.toml", "milestones/m01_mlp/README.md"):
        assert (clone / name).read_bytes() == (releases / "second" / name).read_bytes()
    assert git("status", "--porcelain", at=clone) == ""


def test_where_both_wrote_the_same_lines_the_learner_decides(releases, upstream, tmp_path):
    clone = learner(upstream, tmp_path / "ada", "a clone")
    checklist = clone / "CHECKLIST.md"
    checklist.write_text(checklist.read_text("utf-8").replace("- [ ]", "- [x]"), "utf-8")
    functions = clone / "milestones/m01_mlp/functions.py"
    reword_gelu(functions, "In my words: ")
    commit(clone, "all is done")
    mine = functions.read_bytes()
    assert do(REMOTE, clone, upstream).returncode == 0
    release(upstream, releases / "second")
    assert do(UPDATE, clone, upstream).returncode == 1
    conflicts = git("diff", "--name-only", "--diff-filter=U", at=clone).splitlines()
    assert conflicts == ["CHECKLIST.md", "milestones/m01_mlp/functions.py"]
    for block in (CHECKLIST, CODE, COMMIT):
        ended = do(block, clone, upstream)
        assert ended.returncode == 0, ended.stdout + ended.stderr
    assert git("status", "--porcelain", at=clone) == ""
    assert functions.read_bytes() == mine
    assert checklist.read_bytes() == (releases / "second/CHECKLIST.md").read_bytes()
    assert (clone / "milestones/m99_new/new.py").exists()
