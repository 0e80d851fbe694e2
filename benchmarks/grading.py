"""Grades a class of which one in four is spoilt: once through, and once killed on the way.

python benchmarks/grading.py [--submissions 40] [--kills 3] [--seed 0] [--folder FOLDER]

Needs a process for each core. Solved files differ in every submission, so that none is judged for
another; what a student has not begun is as it was handed out. The results of both runs must be the
same to the byte, but for the time of day that Classroom 50 wants.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kata.course.bugs import catalogue, tree  # noqa: E402
from kata.course.curriculum import milestones  # noqa: E402
from kata.course.stubs import generated  # noqa: E402
from kata.judging.sandbox import LARGEST, MOST  # noqa: E402

CASES = ROOT / "tests" / "kata" / "gauntlet" / "cases"
M01 = milestones()[0].package
HOSTILE = (
    "child_in_a_session_of_its_own",
    "child_that_closes_stdout",
    "close_stdout",
    "deep_answer_everywhere",
    "default_device_left_changed",
    "delete_the_tests",
    "empty_answer_everywhere",
    "exit_at_import",
    "exit_in_a_thread",
    "folders_within_folders",
    "forged_answer_everywhere",
    "gigabytes_printed",
    "kill_the_judge",
    "loop_at_import",
    "message_of_50_megabytes",
    "message_that_fails",
    "message_that_is_no_text",
    "message_without_end",
    "rewrite_the_tests",
    "segmentation_fault",
    "stop_the_judge",
    "words_of_a_time_limit",
)


def large_file(folder: Path) -> None:
    (folder / "milestones" / M01 / "data.py").write_bytes(b"#" * (LARGEST + 1))


def many_files(folder: Path) -> None:
    for number in range(MOST):
        (folder / "milestones" / M01 / f"z{number}.py").write_text("")


def file_in_latin_1(folder: Path) -> None:
    (folder / "milestones" / M01 / os.fsdecode(b"\xe9t\xe9.py")).write_text("")


def folder_in_latin_1(folder: Path) -> None:
    jerome = os.fsdecode(b"J\xe9r\xf4me")
    folder.rename(folder.with_name(f"{folder.name}-{jerome}"))


def a_folder_deeper(folder: Path) -> None:
    (folder / "kata-main").mkdir()
    (folder / "milestones").rename(folder / "kata-main" / "milestones")
    (folder / "__MACOSX" / "milestones").mkdir(parents=True)


ODD: dict[str, Callable[[Path], None]] = {
    "large_file": large_file,
    "many_files": many_files,
    "file_in_latin_1": file_in_latin_1,
    "folder_in_latin_1": folder_in_latin_1,
    "a_folder_deeper": a_folder_deeper,
}


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


def make_class(folder: Path, count: int, seed: int) -> list[str]:
    """Returns the names of the spoilt ones."""
    draw = random.Random(seed)
    for number in range(count):
        honest(folder / f"student-{number:03}" / "milestones", draw)
    spoilt = draw.sample(sorted(folder.iterdir()), count // 4)
    kinds = draw.sample([*HOSTILE, *ODD], len(spoilt))
    for one, kind in zip(spoilt, kinds, strict=True):
        one = one.rename(one.with_name(f"{one.name}-{kind}"))
        for file in (ROOT / "solutions" / M01).glob("*.py"):
            shutil.copy(file, one / "milestones" / M01)
        functions = one / "milestones" / M01 / "functions.py"
        if kind in HOSTILE:
            functions.write_bytes(functions.read_bytes() + (CASES / f"{kind}.py").read_bytes())
        else:
            ODD[kind](one)
    return sorted(one.name for one in folder.iterdir() if one.name.count("-") > 1)


def grade(folder: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "kata", "grade", str(folder), "--out", str(out)]
    with (out.parent / f"{out.name}.txt").open("ab") as said:
        return subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)


def results(out: Path) -> dict[str, str]:
    """Every file that was written for others, without times of day."""
    found = {}
    for file in sorted(file for file in out.rglob("*") if file.suffix in (".csv", ".json")):
        lines = file.read_text("utf-8").splitlines()
        found[str(file.relative_to(out))] = "\n".join(x for x in lines if '"datetime": ' not in x)
    return found


def told(out: Path, name: str) -> str:
    """The first line on what is not green in the first milestone."""
    folder = next(f for f in (out / "gradescope").iterdir() if f.name.startswith(name[:11]))
    tests = json.loads((folder / "results.json").read_text("utf-8"))["tests"]
    of_m01 = tests[: len(milestones()[0].exercises)]
    return next((t["output"] for t in of_m01 if t["status"] == "failed"), "green").split("\n")[0]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--submissions", type=int, default=40)
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--folder", type=Path, help="where the class is made and results are kept")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="kata-class-"))
    spoilt = make_class(folder / "class", asked.submissions, asked.seed)
    began = time.monotonic()
    assert grade(folder / "class", folder / "whole").wait() == 0
    seconds = time.monotonic() - began
    print(f"{asked.submissions} submissions, {len(spoilt)} spoilt: {seconds:.0f} s", flush=True)
    draw = random.Random(asked.seed)
    for _ in range(asked.kills):
        moment = draw.uniform(0, seconds / asked.kills)
        run = grade(folder / "class", folder / "killed")
        time.sleep(moment)
        assert run.poll() is None, "the run was over before it was killed"
        os.kill(run.pid, signal.SIGKILL)
        run.wait()
        print(f"killed after {moment:.1f} s", flush=True)
    assert grade(folder / "class", folder / "killed").wait() == 0
    whole, killed = results(folder / "whole"), results(folder / "killed")
    rows = len(whole["grades.csv"].splitlines()) - 1
    print(f"{rows} rows; the same to the byte: {whole == killed}; {len(whole)} files compared")
    for name in spoilt:
        print(f"{name.encode(errors='backslashreplace').decode()}: {told(folder / 'whole', name)}")
    if asked.folder is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
