"""How long a diagnosis takes, cold: python benchmarks/diagnosis.py

For each exercise a slip that no bug explains, so that all of the exercise's catalogue and then
pairs are tried: the worst case. Target: less than 2 s.
"""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ONE = """
import sys, time
from kata.curriculum import milestone
from kata.diagnose import diagnose
from kata.matrix import collect
from kata.outcomes import Outcome
from kata.replay import replay

of, exercise = milestone(sys.argv[1]), sys.argv[2]
cases = collect(of.test_file(exercise))
outcomes = replay("solutions", cases)
outcomes[cases[0].id] = Outcome("failed", [])  # a failure that saw nothing: nothing reproduces it
start = time.perf_counter()
named = diagnose(of, exercise, of.exercises, cases, outcomes)
print(f"{of.id}/{exercise:18} {time.perf_counter() - start:5.2f} s  {named}")
"""


def main() -> None:
    sys.path.insert(0, str(ROOT))
    from kata.curriculum import milestones

    for of in milestones():
        for exercise in of.exercises:
            subprocess.run([sys.executable, "-c", ONE, of.id, exercise], cwd=ROOT, check=True)


if __name__ == "__main__":
    main()
