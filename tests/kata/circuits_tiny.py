"""Writes tests/m14_circuits/induction_tiny.json: two layers that learned to repeat, and froze.

KATA_TREE=solutions python -m tests.kata.circuits_tiny
"""

import json

import torch

from kata.paths import ROOT
from tests.frozen import pack

FILE = ROOT / "tests/m14_circuits/induction_tiny.json"
SIZES = {"vocab_size": 64, "context_length": 32, "d_model": 64, "n_layers": 2, "n_heads": 4}


def trained() -> torch.nn.Module:
    """As the run of milestone 14 trains it, for a little longer."""
    from milestones.m14_circuits import AttentionOnly
    from milestones.m14_circuits.__main__ import learn

    torch.manual_seed(0)
    model = AttentionOnly(**SIZES)
    for _ in learn(model, steps=800, seed=0):
        pass
    return model


def frozen() -> dict:
    """The sizes and the weights."""
    return {"sizes": SIZES, "weights": pack(trained().state_dict())}


if __name__ == "__main__":
    FILE.write_text(json.dumps(frozen()) + "\n", "utf-8")
