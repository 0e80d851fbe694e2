"""The checklist tells what is green, and the rest of the file is the learner's.

pytest tests/kata/test_checklist.py
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kata.course.checklist import CHECKLIST, tick
from kata.course.curriculum import milestones
from kata.paths import ROOT

LIST = """# My checklist\r
\r
Some text with `m01/relu` in it, and a box [ ] in the middle.\r
\r
## Milestone 1   \r
- [ ] `m01` Functions, layers\r
  - [ ] `m01/relu` relu  \r
  - [x] `m01/gelu` gelu, my note: done on Tuesday [ ] `m01/relu` \r
  * [X] `m01/softmax`\r
\t- [ ]  `m01/Linear` tab\r
- [ ] buy milk\r
- [ ] `m99/unknown` not mine\r
- [ ] `m010/relu` nor this\r
- [y] `m01/relu` no box\r
- [ ] m01/relu without its marks\r
  > - [ ] `m01/relu` quoted\r
    \r
no newline at the end: `m01/gelu` \u2028 ü \x0c -"""

STATES = {
    "m01": {"relu": "green", "gelu": "red", "softmax": "green", "cross_entropy": "todo"}
    | {"Linear": "todo"}
}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "CHECKLIST.md"
    file.write_bytes(LIST.encode("utf-8"))
    return file


def lines(file: Path) -> list[bytes]:
    return file.read_bytes().split(b"\r\n")


def test_green_is_ticked_and_all_else_is_not(file: Path) -> None:
    assert tick(STATES, file) is True
    text = file.read_text("utf-8")
    assert "  - [x] `m01/relu` relu" in text
    assert "  - [ ] `m01/gelu` gelu" in text
    assert "\t- [ ]  `m01/Linear` tab" in text


def test_a_milestone_is_ticked_when_all_of_it_is_green(file: Path) -> None:
    tick(STATES, file)
    assert "- [ ] `m01` Functions" in file.read_text("utf-8")
    tick({"m01": {"relu": "green", "gelu": "green"}}, file)
    assert "- [x] `m01` Functions" in file.read_text("utf-8")


def test_only_the_character_in_the_box_changes(file: Path) -> None:
    before = lines(file)
    tick(STATES, file)
    changed = [(a, b) for a, b in zip(before, lines(file), strict=True) if a != b]
    assert changed == [
        (b"  - [ ] `m01/relu` relu  ", b"  - [x] `m01/relu` relu  "),
        (before[7], before[7].replace(b"[x]", b"[ ]")),
        (b"  * [X] `m01/softmax`", b"  * [x] `m01/softmax`"),
    ]


def test_a_note_after_the_id_may_hold_anything(file: Path) -> None:
    tick(STATES, file)
    note = b"  - [ ] `m01/gelu` gelu, my note: done on Tuesday [ ] `m01/relu` "
    assert note in lines(file)


def test_ticking_again_does_not_touch_the_file(file: Path) -> None:
    tick(STATES, file)
    os.utime(file, ns=(10**18, 10**18))
    before = (file.stat().st_ino, file.stat().st_mtime_ns, file.read_bytes())
    assert tick(STATES, file) is False
    assert (file.stat().st_ino, file.stat().st_mtime_ns, file.read_bytes()) == before


def test_nothing_known_changes_nothing(file: Path) -> None:
    assert tick({}, file) is False
    assert file.read_bytes() == LIST.encode("utf-8")


def test_a_tick_that_the_learner_typed_goes_when_the_tests_say_otherwise(file: Path) -> None:
    tick({"m01": {"softmax": "red"}}, file)
    assert "  * [ ] `m01/softmax`" in file.read_text("utf-8")


def test_a_missing_file_stays_missing(tmp_path: Path) -> None:
    assert tick(STATES, tmp_path / "CHECKLIST.md") is False
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="modes are Unix's")
def test_the_files_mode_stays(file: Path) -> None:
    file.chmod(0o640)
    tick(STATES, file)
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_not_utf8_is_left_alone_and_stops_nothing(file: Path) -> None:
    file.write_bytes(b"- [ ] `m01/relu` caf\xe9\r\n")
    tick(STATES, file)
    assert file.read_bytes() in (b"- [ ] `m01/relu` caf\xe9\r\n", b"- [x] `m01/relu` caf\xe9\r\n")


def test_a_byte_order_mark_stays(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf- [ ] `m01/gelu`\n- [ ] `m01/relu`\n")
    tick(STATES, file)
    assert file.read_bytes() == b"\xef\xbb\xbf- [ ] `m01/gelu`\n- [x] `m01/relu`\n"


KILLED = """
import os, random, signal, sys, time
from pathlib import Path
from kata.course.checklist import tick
file = Path(sys.argv[1])
valid = set()
for state in ("red", "green"):
    tick({"m01": {"relu": state}}, file)
    valid.add(file.read_bytes())
assert len(valid) == 2
for _ in range(20):
    child = os.fork()
    while child == 0:
        tick({"m01": {"relu": "green"}}, file)
        tick({"m01": {"relu": "red"}}, file)
    time.sleep(random.uniform(0.001, 0.03))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert file.read_bytes() in valid
    left = [f for f in file.parent.iterdir() if f != file]
    assert len(left) <= 1 and all(f.name.startswith(".CHECKLIST.md.") for f in left), left
    for f in left:
        f.unlink()
print("sound")
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.timeout(120)
def test_a_kill_at_any_moment_leaves_a_whole_file(file: Path) -> None:
    file.write_bytes(LIST.encode("utf-8") * 200)
    command = [sys.executable, "-c", KILLED, str(file)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (ended.stdout, ended.stderr) == ("sound\n", "")


def test_a_full_disk_leaves_the_old_file(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        tick(STATES, file)
    assert file.read_bytes() == LIST.encode("utf-8")
    assert list(file.parent.iterdir()) == [file]


# The repository's own


def test_the_repository_has_a_checklist() -> None:
    assert CHECKLIST == ROOT / "CHECKLIST.md"
    assert CHECKLIST.is_file()


def test_every_milestone_and_exercise_has_exactly_one_box() -> None:
    boxes = re.findall(r"^\s*- \[[ x]\] .*?`([^`]+)`", CHECKLIST.read_text("utf-8"), re.M)
    wanted = [m.id for m in milestones()]
    wanted += [f"{m.id}/{exercise}" for m in milestones() for exercise in m.exercises]
    assert sorted(boxes) == sorted(wanted)


def test_every_box_of_it_is_ticked_by_a_green_run(tmp_path: Path) -> None:
    copy = tmp_path / "CHECKLIST.md"
    copy.write_bytes(CHECKLIST.read_bytes())
    tick({m.id: dict.fromkeys(m.exercises, "green") for m in milestones()}, copy)
    assert "[ ]" not in copy.read_text("utf-8")
    tick({m.id: dict.fromkeys(m.exercises, "red") for m in milestones()}, copy)
    assert "[x]" not in copy.read_text("utf-8")
