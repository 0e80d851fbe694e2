"""How many foreign mistakes are noticed, named and told: python benchmarks/outside.py DIR

DIR holds folders, or is one, in each of which somebody's own implementations of milestones stand
(mNN_name/*.py) beside a bugs.toml: mistakes as one-place edits of them, in the catalogue's format.
An entry `with = ["m03/other"]` makes the edits of those, too; `says` tells a reader what is wrong.
--entries NAME reads files of another name.

Each mistake is run as a learner's, by pytest, the tests of its exercise first; the screen that
comes of it is counted, and with --screens FILE written down for a reader, who alone can say
whether a sentence is true of the code. --only m03 runs the mistakes of one milestone.
"""

import argparse
import io
import os
import re
import shutil
import sys
import tempfile
import tomllib
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["OMP_NUM_THREADS"] = "1"  # a process each core: more threads would only wait

from rich.console import Console  # noqa: E402

from kata.course.bugs import Bug, catalogue, planted  # noqa: E402
from kata.course.curriculum import Milestone, milestone, milestones  # noqa: E402
from kata.course.reference import code  # noqa: E402
from kata.course.verdict import ExerciseVerdict, TestVerdict, Verdict, states_of  # noqa: E402
from kata.errors import KataError  # noqa: E402
from kata.learner import apart, warm  # noqa: E402
from kata.learner.session import run_tests  # noqa: E402
from kata.testing import board  # noqa: E402

BARE = re.compile(r"\w+: ")  # an exception as Python or PyTorch words it
KINDS = ("exact", "near", "two", "told otherwise", "nothing", "not noticed")


class Slip(NamedTuple):
    """A mistake in a style: its entry, and the edits that it makes."""

    style: Path
    id: str
    exercise: str
    says: str
    edits: tuple[Bug, ...]

    @property
    def of(self) -> Milestone:
        return milestone(self.id.partition("/")[0])


class Screen(NamedTuple):
    slip: Slip
    kind: str
    exercise: str  # the one that the screen speaks of
    text: str


def slips(folder: Path, name: str) -> list[Slip]:
    files = [folder / name] if (folder / name).exists() else sorted(folder.glob(f"*/{name}"))
    found = []
    for style in (file.parent for file in files):
        edits = {
            entry["id"]: Bug(entry["id"], entry["find"], entry["replace"])
            for file in style.glob("*.toml")
            for entry in _entries(file)
        }
        for entry in _entries(style / name):
            ids = [entry["id"], *entry.get("with", ())]
            exercise = entry.get("exercise") or _exercise(entry["id"])
            own = tuple(edits[id] for id in ids)
            found.append(Slip(style, entry["id"], exercise, entry.get("says", ""), own))
    return found


def _entries(file: Path) -> list[dict[str, Any]]:
    return tomllib.loads(file.read_text("utf-8"))["bug"]


def _exercise(id: str) -> str:
    """That of the catalogue's bug of the same name; none where there is no such bug."""
    of = milestone(id.partition("/")[0])
    return next((bug.exercise for bug in catalogue(of) if bug.id == id), "")


def screen(slip: Slip) -> Screen:
    """What a learner sees who has made that mistake."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for before in milestones()[: milestones().index(slip.of)]:
            (folder / before.package).mkdir()
            for file, text in code(before.package).items():
                (folder / before.package / file).write_text(text, "utf-8")
        own = {f.name: f.read_text("utf-8") for f in (slip.style / slip.of.package).glob("*.py")}
        shutil.copytree(
            planted(slip.of.package, own, slip.edits) / slip.of.package, folder / slip.of.package
        )
        for exercises in ([slip.exercise], []) if slip.exercise else ([],):
            try:
                verdict = apart.in_a_fork(lambda e=exercises: _run(slip.of, e, str(folder)))
            except KataError as error:
                return Screen(slip, "told otherwise", "", str(error))
            exercise = next((e for e, v in verdict[slip.of.id].items() if v.state != "green"), "")
            if exercise:
                found = verdict[slip.of.id][exercise]
                return Screen(slip, _kind(found), exercise, _drawn(slip.of, exercise, verdict))
    return Screen(slip, "not noticed", "", "")


def _run(of: Milestone, exercises: list[str], tree: str) -> Verdict:
    return run_tests([of], Console(file=io.StringIO()), exercises, tree)


def _drawn(of: Milestone, exercise: str, verdict: Verdict) -> str:
    page = io.StringIO()
    console = Console(file=page, width=100, highlight=False, emoji=False, markup=False)
    board.show(states_of(verdict), verdict, console, (of, exercise))
    return page.getvalue()


def _kind(found: ExerciseVerdict) -> str:
    for kind, is_said in (
        ("exact", lambda test: any("+" not in ids for ids in test.diagnosis)),
        ("two", lambda test: bool(test.diagnosis)),
        ("near", lambda test: bool(test.near)),
    ):
        if any(map(is_said, found.tests.values())):
            return kind
    return "told otherwise" if any(map(_speaks, found.tests.values())) else "nothing"


def _speaks(test: TestVerdict) -> bool:
    """Whether the message itself points at the mistake."""
    failure = test.failure
    in_words = failure and failure.problem and not BARE.match(failure.problem)
    return bool(test.observed or test.contrast or in_words or (failure and failure.cause))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--screens", type=Path, metavar="FILE")
    parser.add_argument("--entries", default="bugs.toml", metavar="NAME", help="of the files")
    parser.add_argument("--only", default="", metavar="mNN")
    options = parser.parse_args()
    chosen = [
        s for s in slips(options.folder.resolve(), options.entries) if s.id.startswith(options.only)
    ]
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    warm.warm_up()  # each run is a fork that has imported what it needs
    with ProcessPoolExecutor() as pool:
        screens = []
        for number, found in enumerate(pool.map(screen, chosen, chunksize=4), 1):
            screens.append(found)
            counts[f"{found.slip.of.id} {found.slip.exercise}"][found.kind] += 1
            print(f"\r{number} of {len(chosen)}", end="", file=sys.stderr, flush=True)
    print("\r", end="", file=sys.stderr)
    if options.screens:
        options.screens.write_text("\n".join(map(_page, screens)), "utf-8")
    print(f"{'':34}{'slips':>8}{''.join(f'{kind:>16}' for kind in KINDS)}")
    for exercise, row in [*counts.items(), ("all", sum(counts.values(), Counter()))]:
        print(f"{exercise:34}{row.total():8}{''.join(f'{row[kind]:16}' for kind in KINDS)}")


def _page(found: Screen) -> str:
    edits = "\n".join(f"- {e.find}\n+ {e.replace}" for e in found.slip.edits)
    head = f"=== {found.slip.style.name} {found.slip.id}: {found.kind}"
    return "\n".join([head, found.slip.says, edits, found.text])


if __name__ == "__main__":
    main()
