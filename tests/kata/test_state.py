"""Nothing costs a learner their state: neither runs beside each other, nor what a file may hold.

pytest tests/kata/test_state.py
"""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from kata import files
from kata.course import annotations, progress, state, stubs
from kata.course.curriculum import milestones
from kata.paths import ROOT
from kata.runs import corpora
from kata.runs.corpora import CorpusError
from kata.testing import links
from tests.kata.learner import python
from tests.kata.odd import KINDS, OF_PROGRESS
from tests.kata.terminal import Terminal, clone_into

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.name == "nt", reason="links, pipes and modes are Unix's"),
]
JSON = (".kata/progress.json", ".kata/hints.json")
IN_PLACE = ("a folder", "a dead link", "a link to itself", "a pipe", "unreadable")
PLACES = [
    *((file, kind) for file in JSON for kind in KINDS),
    *((".kata/progress.json", kind) for kind in OF_PROGRESS),
    *((file, kind) for file in ("CHECKLIST.md", "PLAN.md") for kind in (*IN_PLACE, "not UTF-8")),
    *((file, kind) for file in (".kata", ".kata/lock") for kind in IN_PLACE),
    *((file, kind) for file in (".kata/backups", ".kata/green") for kind in ("empty", *IN_PLACE)),
    *((".kata/backups/2026-01-01-000000-000", kind) for kind in ("empty", *IN_PLACE)),
    (".kata/backups/undone", "empty"),
    (".kata/green/m01_mlp", "empty"),
    (".kata/green/m01_mlp/layers.py", "a folder"),
    ("milestones/m01_mlp/hints.md", "empty"),
    ("milestones/m01_mlp/hints.md", "not UTF-8"),
    *(("milestones/m01_mlp/sub.py", kind) for kind in (*IN_PLACE, "null bytes", "deep lists")),
]


def spoilt(file: str, kind: str) -> bool:
    return file in JSON and kind != "read-only"


@pytest.fixture(scope="module")
def used(tmp_path_factory):
    """What each of the verbs made of each odd thing, in one process that obeys modes."""
    clone = clone_into(tmp_path_factory.mktemp("odd"))
    rights = "--bounding-set=-dac_override,-dac_read_search"  # root reads what nobody may
    drop = ["setpriv", rights] if os.geteuid() == 0 and shutil.which("setpriv") else []
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("KATA_", "PYTEST_"))}
    ended = subprocess.run(
        [*drop, sys.executable, "-m", "tests.kata.odd", json.dumps(PLACES)],
        cwd=clone,
        env={**kept, "PYTHONPATH": str(clone), "COLUMNS": "300", "TMPDIR": str(clone.parent)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
    )
    assert ended.returncode == 0, ended.stderr
    return dict(zip(PLACES, json.loads(ended.stdout), strict=True))


EACH = pytest.mark.parametrize(("file", "kind"), PLACES, ids=map(": ".join, PLACES))
SPOILT = [place for place in PLACES if spoilt(*place)]
EACH_SPOILT = pytest.mark.parametrize(("file", "kind"), SPOILT, ids=map(": ".join, SPOILT))


@EACH
def test_nothing_odd_ends_a_verb_with_a_traceback(used, file, kind):
    assert used[file, kind]["trace"] == ""


@EACH_SPOILT
def test_a_spoilt_file_is_put_aside_whole_and_one_line_says_so(used, file, kind):
    found = used[file, kind]
    (kept,) = found["aside"]
    lines = [line for line in found["said"].splitlines() if kept in line]
    assert len(lines) == 1
    assert lines[0].startswith(f"{file} ")
    assert f"It is kept as {kept}. " in lines[0]
    assert lines[0].endswith(("judges everything again.", "start at the first one again."))
    odd = KINDS[kind] if kind in KINDS else json.dumps(OF_PROGRESS[kind]).encode()
    if isinstance(odd, bytes) and len(odd) < 1 << 16:
        assert found["bytes"] == [odd.hex()]


@pytest.mark.parametrize("kind", IN_PLACE)
def test_what_is_no_file_in_a_room_is_named_with_what_to_do(used, kind):
    path = "milestones/m01_mlp/sub.py"
    lines = [line for line in used[path, kind]["said"].splitlines() if line.startswith(path)]
    if kind == "unreadable":
        assert lines == []
    else:
        assert set(lines) == {lines[0]}
        assert lines[0].endswith(", so it is left out. Move it elsewhere, or delete it.")


def test_emacs_links_beside_an_edited_file_are_no_matter(tmp_path):
    (tmp_path / ".#layers.py").symlink_to("ada@host.1234")
    (tmp_path / "layers.py").touch()
    (tmp_path / "sub.py").mkdir()
    assert files.sources(tmp_path) == [tmp_path / "layers.py"]


def test_what_another_edition_of_the_kata_remembered_is_no_harm(tmp_path, monkeypatch):
    known = {"m99": {"fingerprint": "0", "states": {"new": "green"}}}
    known["m01"] = {"fingerprint": "0", "states": {"new": "red", "relu": "green"}}
    (tmp_path / "progress.json").write_text(json.dumps(known), "utf-8")
    memory = state.Memory(tmp_path / "progress.json", progress._fits, "")
    monkeypatch.setattr(progress, "MEMORY", memory)
    assert progress.load()["m01"]["relu"] == "green"
    assert "m99" not in progress.load()
    assert [path.name for path in tmp_path.iterdir()] == ["progress.json"]


# Rooms


def in_a_room(folder, *names):
    """A clone with a folder of that name in m01's room, a dead link, and no JSON as progress."""
    clone = clone_into(folder)
    room = clone / "milestones/m01_mlp"
    for name in names:
        (room / name).unlink(missing_ok=True)
        (room / name).mkdir()
    (room / "dead.py").symlink_to("nowhere")
    (room / ".#layers.py").symlink_to("ada@host.1234")
    (clone / ".kata").mkdir()
    (clone / ".kata/progress.json").write_text("[")
    return clone


@pytest.mark.parametrize("verb", ["next", "m01 relu", "badges", "progress", "bisect m02"])
def test_a_verb_that_judges_names_what_is_no_file_in_a_room_and_goes_on(tmp_path, verb):
    clone = in_a_room(tmp_path, "sub.py")
    ended = python(clone, "-m", "kata", *verb.split())
    assert "Traceback" not in ended.stdout + ended.stderr
    assert "milestones/m01_mlp/sub.py is a folder, so it is left out." in ended.stdout
    assert "milestones/m01_mlp/dead.py is a link that leads nowhere" in ended.stdout
    assert ".#layers.py" not in ended.stdout + ended.stderr
    assert "m01" in ended.stdout
    assert list(clone.glob(".kata/progress.json.spoilt-*")) or verb in ("badges", "bisect m02")


@pytest.mark.parametrize("verb", ["reset relu", "reset m01", "stubs"])
def test_a_folder_in_the_place_of_a_file_is_not_written_over(tmp_path, verb):
    clone = in_a_room(tmp_path, "functions.py")
    kept = clone / "milestones/m01_mlp/functions.py/kept"
    kept.touch()
    ended = python(clone, "-m", "kata", *verb.split())
    assert ended.returncode == 1
    says = "milestones/m01_mlp/functions.py is a folder. Move it elsewhere, and try again."
    assert says in ended.stdout
    assert ended.stderr == ""
    assert kept.exists()


def test_watch_names_what_is_odd_and_goes_on_also_where_hints_are_spoilt(tmp_path):
    clone = in_a_room(tmp_path, "sub.py")
    (clone / "milestones/m01_mlp/hints.md").write_text("")
    watch = Terminal(clone, "watch", columns=200)
    screen = watch.until("Next: write relu", "sub.py is a folder", "progress.json.spoilt-1")
    assert "dead.py is a link that leads nowhere" in screen
    watch.press("h")
    watch.until("hints.md does not hold 3 hints for relu: git checkout")
    watch.press("d")
    watch.until("Nothing in m01 has become green in a watch yet.")
    shutil.copy(ROOT / "solutions/m01_mlp/functions.py", clone / "milestones/m01_mlp")
    watch.until("4/8", "Next: write Linear")
    assert "Traceback" not in watch.text
    watch.press("q")
    assert watch.ended() == 0


@pytest.mark.parametrize("text", ["\0", "(" * 10_000, "x = " + "-" * 100_000 + "1", "def f(:"])
def test_a_file_that_python_cannot_read_is_no_valid_python_and_no_more(text, tmp_path):
    with pytest.raises(SyntaxError):
        stubs.span(text, "relu")
    (tmp_path / "own.py").write_text(text)
    assert stubs.has_work(tmp_path / "own.py")


def test_a_name_that_is_longer_than_one_can_be_is_no_file():
    path = f"milestones/{'a' * 5000}.py"
    assert links.linked(path).plain == path
    with pytest.raises(CorpusError, match="File name too long"):
        corpora.load("a" * 5000)


def test_a_sum_of_many_terms_keeps_no_signature_from_being_enforced():
    text = f"def relu(x: T) -> T:\n    return {' + '.join(['x'] * 1_500)}\n"
    kind = annotations.of_the_course()["m01_mlp"]["relu"]["x"]
    text = text.replace(": T", f": {kind}").replace("-> T", f"-> {kind}")
    assert annotations.promised("milestones.m01_mlp.functions", text, "relu") == {"x", "return"}


# Runs beside each other

SAVERS = """
import os, sys, time
from kata.course import checklist, progress
from kata.learner import hints
from kata.testing.board import make_console
from kata.course.curriculum import milestones

every = [(m, e) for m in milestones() for e in m.exercises]
n, begin = int(sys.argv[1]), time.monotonic() + 0.5
for number in range(n):
    if os.fork() == 0:
        time.sleep(max(0, begin - time.monotonic()))
        for index in range(number, max(n, len(every)), n):
            of, exercise = every[index % len(every)]
            checklist.keep({of.id: {exercise: "red" if of.exercises[0] == exercise else "green"}})
            hints.show(of, exercise, 2, make_console())
        os._exit(0)
assert [os.wait()[1] for _ in range(n)] == [0] * n
"""
EVERY = [(m, e) for m in milestones() for e in m.exercises]


def saved_by(n, clone):
    """What the clone remembers after n processes, begun at once, have shared all exercises."""
    env = {**os.environ, "PYTHONPATH": str(clone)}
    subprocess.run([sys.executable, "-c", SAVERS, str(n)], cwd=clone, env=env, check=True)
    known = json.loads((clone / ".kata/progress.json").read_text("utf-8"))
    seen = json.loads((clone / ".kata/hints.json").read_text("utf-8"))
    states = {f"{id}/{e}": s for id, entry in known.items() for e, s in entry["states"].items()}
    ticked = re.findall(r"- \[x\] .*?`(m\d\d/\w+)`", (clone / "CHECKLIST.md").read_text("utf-8"))
    return states, seen, ticked


@pytest.fixture
def small(tmp_path):
    """A clone with what the engine needs to remember states."""
    clone = tmp_path / "clone"
    skip = shutil.ignore_patterns("__pycache__", "bugs.toml")
    for name in ("kata", "milestones"):
        shutil.copytree(ROOT / name, clone / name, ignore=skip)
    for name in ("pyproject.toml", "CHECKLIST.md"):
        shutil.copy(ROOT / name, clone / name)
    return clone


@pytest.mark.parametrize("n", [3, 60])
def test_savers_beside_each_other_lose_nothing(small, n):
    states, seen, ticked = saved_by(n, small)
    names = {f"{m.id}/{e}" for m, e in EVERY}
    first = {f"{m.id}/{m.exercises[0]}" for m in milestones()}
    assert {name for name, s in states.items() if s == "red"} == first
    assert {name for name, s in states.items() if s == "green"} == names - first
    assert seen == dict.fromkeys(names, 2)
    assert set(ticked) == names - first


HOLDER = """
import time
from kata.course import state
with state.alone():
    print("held", flush=True)
    time.sleep(600)
"""


@contextmanager
def holder(clone):
    """A process that holds the lock; it is killed at the latest after the block."""
    env = {**os.environ, "PYTHONPATH": str(clone)}
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER], cwd=clone, env=env, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


def keep(clone):
    script = "from kata.course import checklist as c; c.keep({'m01': {'relu': 'green'}})"
    return subprocess.Popen(
        [sys.executable, "-c", script], cwd=clone, env={**os.environ, "PYTHONPATH": str(clone)}
    )


def test_a_saver_waits_for_another_and_not_for_a_killed_one(small):
    with holder(small) as held:
        waits = keep(small)
        time.sleep(2)
        assert waits.poll() is None
        held.kill()
        assert waits.wait(timeout=60) == 0
    assert '"green"' in (small / ".kata/progress.json").read_text("utf-8")


def test_a_saver_does_not_wait_for_ever_for_one_that_was_stopped(small):
    text = (small / "kata/course/state.py").read_text("utf-8")
    shorter = text.replace("PATIENCE = 30 ", "PATIENCE = 1 ")
    assert shorter != text
    (small / "kata/course/state.py").write_text(shorter, "utf-8")
    with holder(small):
        assert keep(small).wait(timeout=60) == 0
