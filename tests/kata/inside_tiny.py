"""Writes tests/m13_inside/names_tiny.json: a GPT that knows who receives, trained here and frozen.

python -m tests.kata.inside_tiny
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


def train(steps: int = 400, seed: int = 0) -> torch.nn.Module:
    from milestones.m01_mlp import cross_entropy
    from milestones.m05_gpt import GPT, GPTConfig

    torch.manual_seed(seed)
    model = GPT(GPTConfig(**SIZES))
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(steps):
        prompts = names_and_places.draw(128, generator)
        loss = cross_entropy(model(prompts.tokens)[:, -1], prompts.receiver)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model.eval()


def frozen() -> dict:
    """The sizes, the weights, and a few prompts with those who receive and who give."""
    prompts = names_and_places.draw(16, torch.Generator().manual_seed(1))
    asked = {name: value.tolist() for name, value in prompts._asdict().items()}
    return {"sizes": SIZES, **asked, "weights": pack(train().state_dict())}


if __name__ == "__main__":
    FILE.write_text(json.dumps(frozen()) + "\n", "utf-8")
