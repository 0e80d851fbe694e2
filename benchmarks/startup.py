"""From process start to verdict, against a bare import: python benchmarks/startup.py

One exercise's tests on the reference, and `import torch, pytest, hypothesis`, in turn, so that
the machine's mood is the same for both. Target: at most 1.5 times.
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
IMPORTS = [sys.executable, "-c", "import torch, pytest, hypothesis"]
TESTS = [sys.executable, "-m", "pytest", "-q", "--tree=solutions", "tests/m01_mlp/test_softmax.py"]
ROUNDS = 7


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a learner's second run finds compiled files
    seconds(IMPORTS), seconds(TESTS)
    pairs = [(seconds(IMPORTS), seconds(TESTS)) for _ in range(ROUNDS)]
    bare, tests = (statistics.median(side) for side in zip(*pairs, strict=True))
    ratio = statistics.median(tests / bare for bare, tests in pairs)
    print(f"import torch, pytest, hypothesis   {bare:5.2f} s")
    print(f"one exercise, start to verdict     {tests:5.2f} s")
    print(f"ratio, median of {ROUNDS} pairs           {ratio:5.2f}")


if __name__ == "__main__":
    main()
