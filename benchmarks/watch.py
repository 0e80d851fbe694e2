"""From the save of a file to the verdict on screen: python benchmarks/watch.py [m01 ...]

`nox -s watch` in a real terminal, against plain pytest started anew on the same test file and the
same code: the first exercise of every milestone, or all of the milestones named. The medians of
three, of a save that makes it green, and of one with a mistake of the catalogue, until its
diagnosis stands there. Needs the group `verify`.

Targets: at most 1/20 of plain pytest, with a diagnosis at most 1/6.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from kata.course import bugs
from kata.course.curriculum import Milestone, milestone, milestones
from kata.course.stubs import stub
from kata.paths import ROOT
from tests.kata.terminal import Terminal, clone_into

ROUNDS = 3
SAVE = """
import json, sys
from kata.course import progress
progress.save(json.loads(sys.argv[1]))
"""


class Learner:
    """A clone in which everything is solved; one exercise at a time is then taken back."""

    def __init__(self, folder: Path) -> None:
        self.clone = clone_into(folder)
        for of in milestones():
            for file in (ROOT / "solutions" / of.package).glob("*.py"):
                text = file.read_text("utf-8")
                (self.clone / "milestones" / of.package / file.name).write_text(text, "utf-8")

    def python(self, *arguments: str) -> None:
        settings = {**os.environ, "PYTHONPATH": str(self.clone)}
        command = [sys.executable, *arguments]
        subprocess.run(command, cwd=self.clone, env=settings, capture_output=True, check=False)

    def stands_before(self, of: Milestone, exercise: str) -> None:
        """The kata knows all before it as green, and nothing of what follows."""
        states, state = {}, "green"
        for each in milestones():
            states[each.id] = {}
            for name in each.exercises:
                state = "todo" if (each, name) == (of, exercise) else state
                states[each.id][name] = state
        self.python("-c", SAVE, json.dumps(states))

    def pytest(self, of: Milestone, exercise: str) -> float:
        start = time.perf_counter()
        self.python("-m", "pytest", "--raw", str(of.test_file(exercise).relative_to(ROOT)))
        return time.perf_counter() - start


def measure(learner: Learner, of: Milestone, exercise: str) -> dict[str, list[float]]:
    """Seconds of each way."""
    bug = next(b for b in bugs.catalogue(of) if b.exercise == exercise)
    room = learner.clone / "milestones" / of.package
    file = next(f for f in room.glob("*.py") if f.read_text("utf-8").count(bug.find) == 1)
    right = file.read_text("utf-8")
    times: dict[str, list[float]] = {"pytest": [], "green": [], "diagnosis": []}
    for _ in range(ROUNDS):
        times["pytest"].append(learner.pytest(of, exercise))
        file.write_text(stub(right), "utf-8")
        learner.stands_before(of, exercise)
        watch = Terminal(learner.clone, "watch")
        watch.until(f"write {exercise}")
        for name, text, said in (
            ("diagnosis", right.replace(bug.find, bug.replace), "gives exactly what your code"),
            ("green", right, f"{exercise} is green"),
        ):
            time.sleep(3)  # nobody writes faster, and nothing is under way then
            start = time.perf_counter()
            file.write_text(text, "utf-8")
            watch.until(said)
            times[name].append(time.perf_counter() - start)
        watch.press("q")
        watch.ended()
    return times


def main(ids: Sequence[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        learner = Learner(Path(folder))
        for of in map(milestone, ids) if ids else milestones():
            for exercise in of.exercises if ids else of.exercises[:1]:
                found = {name: median(t) for name, t in measure(learner, of, exercise).items()}
                plain = found.pop("pytest")
                shown = [f"{n} {s:5.2f} s, 1/{plain / s:4.1f}" for n, s in found.items()]
                print(f"{of.id}/{exercise:30} pytest {plain:5.2f} s   {'   '.join(shown)}")


if __name__ == "__main__":
    main(sys.argv[1:])
