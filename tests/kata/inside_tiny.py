"""Writes tests/m13_inside/names_tiny.json: a GPT that knows who receives, trained here and frozen.

KATA_TREE=solutions python -m tests.kata.inside_tiny
"""

import json

import torch

from kata.paths import ROOT
from kata.runs import names_and_places
from tests.frozen import pack

FILE = ROOT / "tests/m13_inside/names_tiny.json"
SIZES = {
    "vocab_size": len(names_and_places.WORDS),
    "context_length": 12,
    "d_model": 64,
    "n_layers": 2,
    "n_heads": 4,
}


def trained() -> torch.nn.Module:
    """As the run of milestone 13 trains it."""
    from milestones.m05_gpt import GPT, GPTConfig
    from milestones.m13_inside.__main__ import STEPS, learn

    torch.manual_seed(0)
    model = GPT(GPTConfig(**SIZES))
    for _ in learn(model, STEPS, torch.Generator().manual_seed(0)):
        pass
    return model


def frozen() -> dict:
    """The sizes, the weights, and a few prompts with those who receive and who give."""
    prompts = names_and_places.draw(16, torch.Generator().manual_seed(1))
    asked = {name: value.tolist() for name, value in prompts._asdict().items()}
    return {"sizes": SIZES, **asked, "weights": pack(trained().state_dict())}


if __name__ == "__main__":
    FILE.write_text(json.dumps(frozen()) + "\n", "utf-8")
