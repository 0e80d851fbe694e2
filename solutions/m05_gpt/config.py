"""The sizes of a GPT: everything its architecture leaves open."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GPTConfig:
    """GPT-2 small is GPTConfig(50257, 1024, 768, 12, 12)."""

    vocab_size: int
    context_length: int  # the most tokens it can read at once
    d_model: int
    n_layers: int
    n_heads: int
    dropout: float = 0.0
