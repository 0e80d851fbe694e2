"""Exercises 9 and 10: to a file and back."""

import os
from pathlib import Path
from typing import Any

import torch
from torch import nn


def save_checkpoint(
    path: str | Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    step: int,
    generator: torch.Generator,
) -> None:
    checkpoint: dict[str, Any] = {}
    checkpoint["model"] = model.state_dict()
    checkpoint["optimizer"] = optimizer.state_dict()
    checkpoint["step"] = step
    checkpoint["generator"] = generator.get_state()
    checkpoint["rng"] = torch.get_rng_state()
    folder = Path(path).parent
    folder.mkdir(parents=True, exist_ok=True)
    beside = f"{path}.new"
    try:
        torch.save(checkpoint, beside)
    except BaseException:
        if os.path.exists(beside):
            os.remove(beside)
        raise
    os.replace(beside, path)


def load_checkpoint(
    path: str | Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
) -> int:
    checkpoint = torch.load(path, map_location="cpu", weights_only=True)
    saved = checkpoint["model"]
    current = model.state_dict()
    for name in saved:
        if name not in current:
            raise ValueError(f"{name} is in the file but not in the model")
    for name in current:
        if name not in saved:
            raise ValueError(f"{name} is in the model but not in the file")
        there, here = list(saved[name].shape), list(current[name].shape)
        if there != here:
            raise ValueError(f"{name} has the shape {there} in the file and {here} in the model")
    optimizer.load_state_dict(checkpoint["optimizer"])
    with torch.no_grad():
        for name in current:
            current[name].copy_(saved[name])
    generator.set_state(checkpoint["generator"])
    torch.set_rng_state(checkpoint["rng"])
    return checkpoint["step"]
