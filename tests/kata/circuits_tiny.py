"""Writes tests/m14_circuits/induction_tiny.json: two layers that learned to repeat, and froze.

python -m tests.kata.circuits_tiny
"""

import json

import torch

from kata.paths import ROOT
from tests.frozen import pack

FILE = ROOT / "tests/m14_circuits/induction_tiny.json"
SIZES = {"vocab_size": 64, "context_length": 32, "d_model": 64, "n_layers": 2, "n_heads": 4}


def train(steps: int = 800, seed: int = 0) -> torch.nn.Module:
    from milestones.m01_mlp import cross_entropy
    from milestones.m14_circuits import AttentionOnly, repeated_tokens

    torch.manual_seed(seed)
    model = AttentionOnly(**SIZES)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(steps):
        tokens = repeated_tokens(32, SIZES["context_length"], SIZES["vocab_size"], generator)
        loss = cross_entropy(model(tokens)[:, :-1], tokens[:, 1:])
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return model


def frozen() -> dict:
    """The sizes and the weights."""
    return {"sizes": SIZES, "weights": pack(train().state_dict())}


if __name__ == "__main__":
    FILE.write_text(json.dumps(frozen()) + "\n", "utf-8")
