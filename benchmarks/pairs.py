"""How many pairs of mistakes are named: python benchmarks/pairs.py m03 m05

For each milestone, mistakes of two kinds in one exercise, written together into code of another
style than the reference's (tests/kata/alternates), drawn at random with a fixed seed.
"""

import random
import sys
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import torch  # noqa: E402
from hypothesis import settings  # noqa: E402

from kata.course import bugs  # noqa: E402, the plugin registers the profile
from kata.course.curriculum import Milestone, exercise_of, milestone, milestones  # noqa: E402
from kata.diagnosis import plugin  # noqa: E402, F401, the plugin registers the profile
from kata.diagnosis.diagnose import diagnose  # noqa: E402
from kata.diagnosis.evidence import Evidence  # noqa: E402
from kata.diagnosis.matrix import collect  # noqa: E402
from kata.diagnosis.replay import Case, Replay, earlier  # noqa: E402

STYLE = ROOT / "tests/kata/alternates/einsum"
PAIRS = 60


def drawn(of: Milestone) -> list[tuple[bugs.Bug, bugs.Bug]]:
    exercises = {bug.id: bug.exercise for bug in bugs.catalogue(of)}
    known = [bug for bug in bugs.read(STYLE / "bugs.toml") if bug.id in exercises]
    pairs = [(a, b) for a in known for b in known if a.id < b.id]
    pairs = [(a, b) for a, b in pairs if exercises[a.id] == exercises[b.id]]
    return random.Random(7).sample(pairs, len(pairs))


def outcome(
    of: Milestone, cases: list[Case], tree: str, pair: set[str]
) -> tuple[str, float] | None:
    """What the diagnosis makes of the first red exercise, and its CPU time; None where all pass."""
    for exercise in of.exercises:
        own = [case for case in cases if exercise_of(case.file) == (of, exercise)]
        learners = Replay(tree, imported=earlier(of))
        failed = [case for case in own if not learners.passes(case)]
        if not failed:
            continue
        passed = [case for case in own if case not in failed]
        start = time.process_time()
        said = diagnose(bugs.ids(of, exercise), Evidence(failed, passed, learners))
        named = [set(ids.split("+")) for ids in said.exact] or [set(said.near)] * bool(said.near)
        seconds = time.process_time() - start
        if not named:
            return "not named", seconds
        if pair in named:
            return "both", seconds
        return ("one of them" if any(ids < pair for ids in named) else "another"), seconds
    return None


def main() -> None:
    torch.set_num_threads(1)
    settings.load_profile("kata")
    for of in map(milestone, sys.argv[1:]) if sys.argv[1:] else milestones():
        code = {f.name: f.read_text("utf-8") for f in (STYLE / of.package).glob("*.py")}
        cases = collect(of.tests)
        counts: Counter[str] = Counter()
        longest = 0.0
        for pair in drawn(of):
            try:
                tree = bugs.planted(of.package, code, pair)
            except ValueError:  # their edits are in each other's way
                continue
            if found := outcome(of, cases, str(tree), {bug.id for bug in pair}):
                counts[found[0]] += 1
                longest = max(longest, found[1])
            if counts.total() == PAIRS:
                break
        print(f"{of.id}: {dict(counts)}, at most {longest:.1f} s")


if __name__ == "__main__":
    main()
