"""How long a diagnosis takes, cold: python benchmarks/diagnosis.py [--sample 300]

Each mistake that is written into another style (tests/kata/alternates), or as many drawn at random
with a fixed seed, is diagnosed in a fork of its own that has replayed nothing yet: the learner's
tests twice, then what the catalogue gives. CPU time, by what came of it. Targets, for 95 of 100:
1.0 s for what is exact or near, 3.0 s for all.
"""

import argparse
import multiprocessing
import os
import random
import sys
import time
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["OMP_NUM_THREADS"] = "1"

from kata.course import bugs  # noqa: E402
from kata.course.curriculum import exercise_of, milestone  # noqa: E402
from kata.diagnosis.diagnose import diagnose  # noqa: E402
from kata.diagnosis.evidence import Evidence  # noqa: E402
from kata.diagnosis.matrix import collect  # noqa: E402
from kata.diagnosis.replay import Replay, draw_examples, earlier  # noqa: E402
from kata.learner import warm  # noqa: E402
from tests.kata.styles import STYLES  # noqa: E402


def measured(job: tuple[Path, str]) -> tuple[str, float]:
    """What came of it, and its seconds of CPU time."""
    style, id = job
    bug = next(one for one in bugs.read(style / "bugs.toml") if one.id == id)
    of = milestone(id.partition("/")[0])
    code = {f.name: f.read_text("utf-8") for f in (style / of.package).glob("*.py")}
    learners = Replay(str(bugs.planted(of.package, code, [bug])), imported=earlier(of))
    exercise = bugs.find(id).exercise
    cases = [case for case in collect(of.test_file(exercise)) if exercise_of(case.file)]
    draw_examples(of, exercise)  # the run of the tests has drawn them
    failed = [case for case in cases if not learners.passes(case)]
    passed = [case for case in cases if case not in failed]
    start = time.process_time()
    said = diagnose(bugs.ids(of, exercise), Evidence(failed, passed, learners.again()))
    seconds = time.process_time() - start
    pair = any("+" in ids for ids in said.exact)
    return "two" if pair else "exact" if said.exact else "near" if said.near else "nothing", seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, metavar="N")
    options = parser.parse_args()
    jobs = [(style, bug.id) for style in STYLES for bug in bugs.read(style / "bugs.toml")]
    jobs = [(style, id) for style, id in jobs if _is_known(id)]
    jobs = random.Random(16).sample(jobs, options.sample or len(jobs))
    warm.warm_up()
    times = defaultdict(list)
    with multiprocessing.get_context("fork").Pool(2, maxtasksperchild=1) as pool:
        for kind, seconds in pool.imap_unordered(measured, jobs, chunksize=1):
            times[kind].append(seconds)
            times["all"].append(seconds)
    for kind, found in times.items():
        found.sort()
        p50, p95 = found[len(found) // 2], found[int(len(found) * 0.95)]
        print(
            f"{kind:8} {len(found):5}   half {p50:.2f} s   p95 {p95:.2f} s   max {found[-1]:.2f} s"
        )


def _is_known(id: str) -> bool:
    return id in {bug.id for bug in bugs.catalogue(milestone(id.partition("/")[0]))}


if __name__ == "__main__":
    main()
