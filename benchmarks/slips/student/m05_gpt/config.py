"""The sizes of a GPT: everything its architecture leaves open."""

from dataclasses import dataclass


@dataclass(frozen=True)
class GPTConfig:

    vocab_size: int
    context_length: int  # the most tokens it can read at once
    d_model: int
    n_layers: int
    n_heads: int
    dropout: float = 0.0
