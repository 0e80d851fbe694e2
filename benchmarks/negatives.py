"""Whether anything is named that is not there: python benchmarks/negatives.py [--sample 400] [m01]

Each mistake that is written into another style (tests/kata/alternates) is diagnosed after its
whole family, all bugs of the same sentence, has been taken out of the catalogue: whatever is named
then may be wrong, and is printed beside the truth, for a reader.
"""

import argparse
import os
import random
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ["OMP_NUM_THREADS"] = "1"

from hypothesis import settings  # noqa: E402

from kata.course import bugs  # noqa: E402, the plugin registers the profile
from kata.course.curriculum import milestone, milestones  # noqa: E402
from kata.diagnosis import plugin  # noqa: E402, F401, the plugin registers the profile
from kata.diagnosis.diagnose import diagnose  # noqa: E402
from tests.kata.styles import STYLES, first_red, what_tests_call  # noqa: E402


def judged(style: Path, of_id: str, ids: set[str]) -> list[tuple[str, str, str, list[str]]]:
    """Style, mistake, how it is named and by what, of the mistakes in that style and milestone."""
    settings.load_profile("kata")
    of = milestone(of_id)
    calls = what_tests_call(style, of)
    found = []
    for bug in bugs.read(style / "bugs.toml"):
        if bug.id not in ids or not (red := first_red(bug, style, of, calls)):
            continue
        exercise, evidence = red
        family = bugs.find(bug.id).says
        others = [id for id in bugs.ids(of, exercise) if bugs.find(id).says != family]
        said = diagnose(others, evidence)
        kind = "exact" if said.exact else "near" if said.near else "nothing"
        shares = [
            f"{id} ({len(tests)} of {len(evidence.failing)})" for id, tests in said.near.items()
        ]
        found.append((style.name, bug.id, kind, said.exact or shares))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sample", type=int, metavar="N")
    parser.add_argument("milestones", nargs="*")
    options = parser.parse_args()
    known = {bug.id for of in milestones() for bug in bugs.catalogue(of)}
    every = [(style, bug.id) for style in STYLES for bug in bugs.read(style / "bugs.toml")]
    every = [(style, id) for style, id in every if id in known]
    chosen = random.Random(16).sample(every, options.sample or len(every))
    counts: Counter[str] = Counter()
    with ProcessPoolExecutor() as pool:
        jobs = [
            pool.submit(
                judged, style, of.id, {i for s, i in chosen if s == style and i.startswith(of.id)}
            )
            for of in milestones()
            for style in STYLES
            if (style / of.package).is_dir() and of.id in (options.milestones or [of.id])
        ]
        for job in jobs:
            for style, id, kind, names in job.result():
                counts[kind] += 1
                if names:
                    print(f"{kind}: {style} {id}\n  true: {bugs.find(id).says}")
                    for name in names:
                        ids = name.partition(" ")[0]
                        exact = [bugs.find(id).says for id in ids.split("+")]
                        says = " AND ".join(exact if kind == "exact" else bugs.nearly(ids))
                        print(f"  said: {name}: {says}", flush=True)
    print(dict(counts))


if __name__ == "__main__":
    main()
