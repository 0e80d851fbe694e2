"""All of a run in one file."""

import os
from pathlib import Path

import torch
from torch import Tensor


def save_checkpoint(path, model, optimizer, step, generator) -> None:
    content = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "generator": generator.get_state(),
        "rng": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        content["cuda_rng"] = torch.cuda.get_rng_state_all()
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    try:
        torch.save(content, beside)
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def first_difference(saved: dict[str, Tensor], own: dict[str, Tensor]) -> str | None:
    for name in sorted(saved.keys() | own.keys()):
        if name not in own:
            return f"{name} is in the checkpoint, not in the model"
        if name not in saved:
            return f"{name} is in the model, not in the checkpoint"
        theirs, ours = tuple(saved[name].shape), tuple(own[name].shape)
        if theirs != ours:
            return f"{name} is {theirs} in the checkpoint, {ours} in the model"
    return None


def load_checkpoint(path, model, optimizer, generator) -> int:
    content = torch.load(path, map_location="cpu", weights_only=True)
    if difference := first_difference(content["model"], model.state_dict()):
        raise ValueError(f"a checkpoint of another model: {difference}")
    optimizer.load_state_dict(content["optimizer"])
    model.load_state_dict(content["model"])
    generator.set_state(content["generator"])
    torch.set_rng_state(content["rng"])
    if "cuda_rng" in content and torch.cuda.is_available():
        torch.cuda.set_rng_state_all(content["cuda_rng"])
    return content["step"]
