"""See what you built work: nox -s run -- m08."""

import sys

import torch

from kata.runs import running
from milestones.m08_tokenizer import TokenizerLayer


def main() -> None:
    running.parser("m08", "What it shows.", 1).parse_args()
    print(TokenizerLayer(4)(torch.arange(4.0)))


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m08"))
