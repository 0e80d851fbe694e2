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
    path = Path(path)
    checkpoint = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "generator": generator.get_state(),
        "rng": torch.get_rng_state(),
    }
    if torch.cuda.is_initialized():
        checkpoint["cuda_rng"] = torch.cuda.get_rng_state()
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.unfinished")
    try:
        with unfinished.open("wb") as file:
            torch.save(checkpoint, file)
            file.flush()
            os.fsync(file.fileno())  # on the disk, not only on its way there
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


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
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    refuse_another_model(checkpoint["model"], model)
    optimizer.load_state_dict(checkpoint["optimizer"])  # refuses other groups, before it changes
    model.load_state_dict(checkpoint["model"])
    generator.set_state(checkpoint["generator"])
    torch.set_rng_state(checkpoint["rng"])
    if "cuda_rng" in checkpoint and torch.cuda.is_available():
        torch.cuda.set_rng_state(checkpoint["cuda_rng"])
    return checkpoint["step"]


def refuse_another_model(saved: dict[str, torch.Tensor], model: nn.Module) -> None:
    """Raise load_checkpoint's ValueError where the names or shapes differ.

    A helper for load_checkpoint; you may leave it out.
    """
    theirs = {name: tuple(value.shape) for name, value in saved.items()}
    ours = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    for name in theirs | ours:
        there, here = theirs.get(name, "missing"), ours.get(name, "missing")
        if there != here:
            raise ValueError(f"another model's checkpoint: {name} is {there} there, {here} here")
