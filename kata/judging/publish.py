"""From verdicts to badges, a table and progress.json. No learner's code runs in this process.

    python -m kata.judging.publish VERDICTS BADGES      needs Python alone
    nox -s badges                               judges first

VERDICTS holds a folder a milestone, with what `python -m kata judge` wrote in it:
verdict-m01/verdict.json. Nothing of it is taken over but a word of three for each exercise.
"""

import hashlib
import json
import os
import re
import stat
import sys
import tempfile
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kata.course.curriculum import Milestone, milestones, tracks
from kata.files import write_atomically
from kata.judging import badges
from kata.paths import ROOT

if TYPE_CHECKING:
    from rich.console import Console

VERSION = 1
BYTES = 4 << 20  # of a verdict, with every message of every test
STATES = ("todo", "red", "green")
OWNED = "Self-reported: the owner of this repository can change it. The kata judged it on its own \
runner, milestone by milestone."


class Invalid(Exception):
    """A verdict that is not one, and why."""


def read(file: Path, of: Milestone) -> dict[str, str]:
    """The state of each exercise of the milestone. Raises Invalid for anything but a verdict."""
    found = _json(file)
    if not isinstance(found, dict):
        raise Invalid("not an object")
    if found.get("version") != VERSION or found.get("milestone") != of.id:
        raise Invalid(f"not a verdict of version {VERSION} on {of.id}")
    if "error" in found:
        raise Invalid(_plain(found["error"]))
    exercises = found.get("exercises")
    if not isinstance(exercises, dict) or set(exercises) != set(of.exercises):
        raise Invalid("its exercises are not those of the curriculum")
    states = {name: _state(exercises[name]) for name in of.exercises}
    if found.get("state") != _whole(states):
        raise Invalid("its state is not that of its exercises")
    return states


def _json(file: Path) -> Any:
    try:
        if not stat.S_ISREG(file.lstat().st_mode):
            raise Invalid("not a regular file")
        with file.open("rb") as opened:
            content = opened.read(BYTES + 1)
        if len(content) > BYTES:
            raise Invalid(f"larger than {BYTES} bytes")
        return json.loads(content)
    except OSError:
        raise Invalid("its job left none") from None
    except (ValueError, RecursionError):
        raise Invalid("not JSON") from None


def _state(exercise: Any) -> str:
    state = exercise.get("state") if isinstance(exercise, dict) else None
    if state not in STATES:
        raise Invalid("an exercise is neither todo, red nor green")
    return state


def _whole(states: Mapping[str, str]) -> str:
    found = set(states.values())
    return "green" if found == {"green"} else "red" if "red" in found else "todo"


def _plain(said: object) -> str:
    """Words from a job in which a learner's code ran: no mark-up, no control characters, short."""
    return re.sub(r"[^\w .,:;'()-]", " ", str(said))[:100].strip() or "no verdict"


def publish(verdicts: Path, folder: Path) -> str:
    """Write the badges and progress.json into the folder; returns the table, as Markdown."""
    states: dict[str, dict[str, str] | None] = {}
    rows = []
    for milestone in milestones():
        try:
            found = read(verdicts / _file(milestone), milestone)
            states[milestone.id] = found
            said = f"{_whole(found)} | {list(found.values()).count('green')} of {len(found)}"
        except Invalid as reason:
            states[milestone.id] = None
            said = f"no verdict | {reason}"
        rows.append(f"| {milestone.id} {milestone.title} | {said} |")
    total = sum(len(m.exercises) for m in milestones())
    drawn = [badges.overall(states, total)]
    drawn += [badges.of_track(track, states) for track in tracks()]
    drawn += [badges.of_milestone(m, states[m.id]) for m in milestones()]
    for badge in drawn:
        write_atomically(folder / f"{badge.name}.svg", badges.svg(badge))
        write_atomically(folder / f"{badge.name}.json", badges.endpoint(badge))
    made = _origin()
    progress = made | {"milestones": {id: _entry(found) for id, found in states.items()}}
    write_atomically(folder / "progress.json", json.dumps(progress, indent=1) + "\n")
    origin = f"Commit {made['commit']}, kata {made['kata']}, tests {made['tests'][:12]}."
    head = ["| milestone | state | exercises green |", "|---|---|---|"]
    return "\n".join([*head, *rows, "", OWNED, origin]) + "\n"


def _file(milestone: Milestone) -> str:
    """A folder each: no milestone's job can write another's verdict."""
    return f"verdict-{milestone.id}/verdict.json"


def _entry(states: dict[str, str] | None) -> dict[str, Any]:
    if states is None:
        return {"state": "no verdict", "exercises": {}}
    return {"state": _whole(states), "exercises": states}


def _origin() -> dict[str, Any]:
    """What was judged, by which tests of which kata."""
    kata = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    commit = os.environ.get("GITHUB_SHA", "")
    return {"version": VERSION, "commit": commit or None, "kata": kata, "tests": tests_digest()}


def tests_digest() -> str:
    """SHA-256 of the curriculum and of every milestone's tests, whatever their line ends."""
    files = [ROOT / "milestones/curriculum.toml"]
    files += sorted(file for m in milestones() for file in m.tests.glob("*.py"))
    digest = hashlib.sha256()
    for file in files:
        name = file.relative_to(ROOT).as_posix()
        digest.update(f"{name}\0{file.read_text('utf-8')}\0".encode())
    return digest.hexdigest()


def main(console: "Console", arguments: Sequence[str]) -> int:
    """Judge every milestone of this repository, each in a process of its own, and publish."""
    from kata.judging.judge import Judge

    if len(arguments) > 1:
        console.print("Which folder do the badges go to? nox -s badges -- badges")
        return 2
    folder = Path(arguments[0] if arguments else "badges")
    with tempfile.TemporaryDirectory() as scratch, Judge(many=True) as judge:
        for milestone in milestones():
            with console.status(f"{milestone.id}  {milestone.title}"):
                verdict = judge.verdict(milestone).as_dict()
            write_atomically(Path(scratch, _file(milestone)), json.dumps(verdict))
            console.print(f" {milestone.id}  {verdict.get('error') or verdict['state']}")
        publish(Path(scratch), folder)
    console.print(f"\nThe badges and progress.json are in {folder}.", soft_wrap=True)
    return 0


if __name__ == "__main__":
    print(publish(Path(sys.argv[1]), Path(sys.argv[2])))
