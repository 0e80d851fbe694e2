"""See what you built work: nox -s run -- m09."""

import sys

import torch

from kata.runs import running
from milestones.m09_positions import PositionsLayer


def main() -> None:
    running.parser("m09", "What it shows.", 1).parse_args()
    print(PositionsLayer(4)(torch.arange(4.0)))


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m09"))
