"""Writes tests/m05_gpt/gpt2_tiny.json: a tiny GPT-2 of transformers, frozen for learners.

python -m tests.kata.gpt2_tiny
"""

import json

import torch
from transformers import GPT2Config, GPT2LMHeadModel

from kata.paths import ROOT

FILE = ROOT / "tests/m05_gpt/gpt2_tiny.json"
SIZES = {"vocab_size": 11, "context_length": 7, "d_model": 6, "n_layers": 2, "n_heads": 3}


def model_of(sizes: dict[str, int]) -> GPT2LMHeadModel:
    """A GPT-2 of transformers, as it starts."""
    config = GPT2Config(
        vocab_size=sizes["vocab_size"],
        n_positions=sizes["context_length"],
        n_embd=sizes["d_model"],
        n_layer=sizes["n_layers"],
        n_head=sizes["n_heads"],
        bos_token_id=0,
        eos_token_id=0,
    )
    return GPT2LMHeadModel(config)


def oracle(sizes: dict[str, int], seed: int = 0) -> GPT2LMHeadModel:
    """In eval, with random weights of three decimals: no norm and no bias is trivial."""
    model = model_of(sizes).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.3 * torch.randn(parameter.shape, generator=generator))
            parameter.round_(decimals=3)
    return model


def frozen() -> dict:
    """The sizes, the weights under transformers' names, some tokens, and the logits for them."""
    model = oracle(SIZES)
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(SIZES["vocab_size"], (2, 5), generator=generator)
    with torch.no_grad():
        logits = model(tokens).logits
    return {
        "sizes": SIZES,
        "tokens": tokens.tolist(),
        "logits": [[[round(x, 5) for x in row] for row in rows] for rows in logits.tolist()],
        "weights": {
            name: _rounded(value)
            for name, value in model.state_dict().items()
            if name != "lm_head.weight"  # the same as wte
        },
    }


def _rounded(tensor: torch.Tensor) -> list:
    if tensor.dim() > 1:
        return [_rounded(row) for row in tensor]
    return [round(x, 3) for x in tensor.tolist()]


if __name__ == "__main__":
    text = json.dumps(frozen())
    FILE.write_text(text.replace('], "', '],\n"').replace('}, "', '},\n"') + "\n", "utf-8")
