"""How a model is trained: everything that the trainer leaves open."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class TrainerConfig:
    """A step reads batch_size · accumulation · context_length tokens."""

    batch_size: int  # of a micro-batch: what fits into memory
    context_length: int
    total_steps: int
    max_lr: float
    min_lr: float = 0.0
    warmup_steps: int = 0
    weight_decay: float = 0.1  # as GPT-3
    max_norm: float = 1.0
    accumulation: int = 1  # micro-batches that make a step
    eval_every: int = 0  # in steps; 0 is never
    eval_batches: int = 20
    checkpoint_every: int = 0  # in steps; 0 is never
    checkpoint_path: str | Path | None = None  # None: not even after Ctrl-C
    seed: int = 0  # of the batches
