"""Writes tests/m10_llama/llama_tiny.json: a tiny Llama of transformers, frozen for learners.

python -m tests.kata.llama_tiny
"""

import json
from typing import Any

import torch
from transformers import LlamaConfig, LlamaForCausalLM

from kata.paths import ROOT

FILE = ROOT / "tests/m10_llama/llama_tiny.json"
SIZES = {
    "vocab_size": 11,
    "context_length": 9,
    "d_model": 12,
    "n_layers": 2,
    "n_heads": 3,
    "n_kv_heads": 1,
    "d_hidden": 10,
    "rope_base": 500.0,
    "norm_eps": 1e-3,
    "tied": False,
}


def oracle(sizes: dict[str, Any], seed: int = 0) -> LlamaForCausalLM:
    """In eval, with random weights of three decimals: no norm is trivial."""
    config = LlamaConfig(
        vocab_size=sizes["vocab_size"],
        max_position_embeddings=sizes["context_length"],
        hidden_size=sizes["d_model"],
        num_hidden_layers=sizes["n_layers"],
        num_attention_heads=sizes["n_heads"],
        num_key_value_heads=sizes["n_kv_heads"],
        intermediate_size=sizes["d_hidden"],
        rope_parameters={"rope_type": "default", "rope_theta": sizes["rope_base"]},
        rms_norm_eps=sizes["norm_eps"],
        tie_word_embeddings=sizes["tied"],
        bos_token_id=None,
        eos_token_id=None,
    )
    model = LlamaForCausalLM(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.5 * torch.randn(parameter.shape, generator=generator))
            parameter.round_(decimals=3)
    return model


def frozen() -> dict[str, Any]:
    """The sizes, the weights under transformers' names, some tokens, and the logits for them."""
    model = oracle(SIZES)
    generator = torch.Generator().manual_seed(1)
    tokens = torch.randint(SIZES["vocab_size"], (2, 7), generator=generator)
    with torch.no_grad():
        logits = model(tokens).logits
    return {
        "sizes": SIZES,
        "tokens": tokens.tolist(),
        "logits": _rounded(logits, 5),
        "weights": {name: _rounded(value, 3) for name, value in model.state_dict().items()},
    }


def _rounded(value: torch.Tensor, digits: int) -> Any:
    if value.ndim == 0:
        return round(value.item(), digits)
    return [_rounded(row, digits) for row in value]


if __name__ == "__main__":
    FILE.write_text(json.dumps(frozen(), separators=(",", ":")) + "\n", "utf-8")
