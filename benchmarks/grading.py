"""Grades a class: 90 honest submissions and 10 hostile ones, killed on the way and resumed.

python benchmarks/grading.py [--submissions 100] [--folder FOLDER]

Needs a process for each core. Solved files differ in every submission, so that none is judged for
another; what a student has not begun is as it was handed out.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kata.bugs import catalogue, tree  # noqa: E402
from kata.curriculum import milestones  # noqa: E402
from kata.stubs import generated  # noqa: E402

CASES = ROOT / "tests" / "kata" / "gauntlet" / "cases"
HOSTILE = (
    "exit_at_import",
    "exit_in_a_thread",
    "kill_the_judge",
    "forged_answer_everywhere",
    "rewrite_the_tests",
    "delete_the_tests",
    "segmentation_fault",
    "child_in_a_session_of_its_own",
    "loop_at_import",
    "gigabytes_printed",
)


def honest(folder: Path, draw: random.Random) -> None:
    """Some milestones solved, a seeded bug in the next, stubs in the rest."""
    solved = draw.randrange(len(milestones()) + 1)
    stubs = {str(file.relative_to(ROOT / "milestones")): text for file, text in generated().items()}
    for number, milestone in enumerate(milestones()):
        (folder / milestone.package).mkdir(parents=True)
        source = ROOT / "solutions"
        if number == solved:
            source = tree(draw.choice(catalogue(milestone)).id)[0]
        for name in (name for name in stubs if name.startswith(f"{milestone.package}{os.sep}")):
            text = stubs[name]
            if number <= solved:
                text = (source / name).read_text("utf-8") + f"# {folder.parent.name}\n"
            (folder / name).write_text(text, "utf-8")


def hostile(folder: Path, case: str) -> None:
    """A case of the gauntlet as m01, and after it the solutions' files."""
    for milestone in milestones():
        (folder / milestone.package).mkdir(parents=True)
        for file in (ROOT / "solutions" / milestone.package).glob("*.py"):
            (folder / milestone.package / file.name).write_bytes(file.read_bytes())
    functions = folder / milestones()[0].package / "functions.py"
    functions.write_bytes(functions.read_bytes() + (CASES / f"{case}.py").read_bytes())


def make_class(folder: Path, count: int) -> None:
    draw = random.Random(0)
    for number in range(count - len(HOSTILE)):
        honest(folder / f"student-{number:03}" / "milestones", draw)
    for case in HOSTILE:
        hostile(folder / f"z-{case}" / "milestones", case)


def start(folder: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "kata", "grade", str(folder), "--out", str(out)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def verdicts(out: Path) -> int:
    journal = out / "journal.jsonl"
    return journal.read_bytes().count(b"\n") if journal.exists() else 0


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--submissions", type=int, default=100)
    parser.add_argument("--folder", type=Path, help="where the class is made and results are kept")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="kata-class-"))
    make_class(folder / "class", asked.submissions)
    out = folder / "grades"
    began = time.monotonic()
    run = start(folder / "class", out)
    while verdicts(out) < asked.submissions:
        time.sleep(1)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    first, at = time.monotonic() - began, verdicts(out)
    print(f"killed after {at} verdicts, {first:.0f} s", flush=True)
    table = {}
    for name in ("resumed", "second run"):
        began = time.monotonic()
        assert start(folder / "class", out).wait() == 0
        table[name] = (out / "grades.csv").read_text("utf-8")
        print(f"{name}: {time.monotonic() - began:.0f} s, {verdicts(out)} verdicts", flush=True)
    keys = [json.loads(line)["key"] for line in (out / "journal.jsonl").open() if line.strip()]
    same = table["resumed"] == table["second run"]
    print(f"same table: {same}; verdicts given twice: {len(keys) - len(set(keys))}")
    print(table["resumed"])


if __name__ == "__main__":
    main()
