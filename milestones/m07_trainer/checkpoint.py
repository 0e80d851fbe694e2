"""Stop, and go on as if nothing had been.

Nothing earlier is needed.
"""

import os
from pathlib import Path

import torch
from torch import nn


def save_checkpoint(
    path: str | Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    step: int,
    generator: torch.Generator,
) -> None:
    """Write all that training needs to go on: a dict, as torch.save writes it.

    model, optimizer: their state_dict(). step: the int. generator: its get_state().
    rng: torch.get_rng_state(), from which dropout draws. On a GPU also cuda_rng.

    The folder is made where it is missing. The file at `path` is replaced whole or not at all: on
    a full disk the one that was there stays, alone; a kill may leave a temporary one beside it.
    """
    raise NotImplementedError


def load_checkpoint(
    path: str | Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
) -> int:
    """Put everything back as save_checkpoint found it; returns the step.

    The file is read with weights_only=True, so it cannot run code, and onto the CPU, so a
    checkpoint of a GPU can be read anywhere.

    Raises ValueError for a checkpoint of another model; it names a parameter that differs and,
    where there are two, both its shapes. Raises the optimizer's own ValueError where its groups
    are others. Either way nothing has changed then.
    """
    raise NotImplementedError


def refuse_another_model(saved: dict[str, torch.Tensor], model: nn.Module) -> None:
    """Raise load_checkpoint's ValueError where the names or shapes differ.

    A helper for load_checkpoint; you may leave it out.
    """
    raise NotImplementedError
