"""The sizes of a Llama: everything its architecture leaves open."""

from dataclasses import dataclass


@dataclass(frozen=True)
class LlamaConfig:
    """SmolLM2-135M is LlamaConfig(49152, 8192, 576, 30, 9, 3, 1536, rope_base=100000.0)."""

    vocab_size: int
    context_length: int  # the most tokens it can read at once
    d_model: int
    n_layers: int
    n_heads: int
    n_kv_heads: int  # of keys and values: each serves n_heads / n_kv_heads heads of queries
    d_hidden: int  # of SwiGLU
    rope_base: float = 10000.0
    norm_eps: float = 1e-5
    tied: bool = True  # whether the embedding also scores tokens
