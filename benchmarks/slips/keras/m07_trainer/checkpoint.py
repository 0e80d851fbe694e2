"""Stop, and go on as if nothing had been."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import nn


@contextmanager
def replacing(path: Path) -> Generator[Path]:
    """A file beside to write to, which takes the path's place where all went well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}.draft")
    try:
        yield draft
        os.replace(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def save_checkpoint(
    path: str | Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    step: int,
    generator: torch.Generator,
) -> None:
    everything = {
        "model": model.state_dict(),
        "optimizer": optimizer.state_dict(),
        "step": step,
        "generator": generator.get_state(),
        "rng": torch.get_rng_state(),
    }
    if torch.cuda.is_available():
        everything["cuda_rng"] = torch.cuda.get_rng_state()
    with replacing(Path(path)) as draft:
        torch.save(everything, draft)


def load_checkpoint(
    path: str | Path,
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
) -> int:
    loaded = torch.load(path, map_location="cpu", weights_only=True)
    refuse_another_model(loaded["model"], model)
    optimizer.load_state_dict(loaded["optimizer"])  # refuses before it changes anything
    model.load_state_dict(loaded["model"])
    generator.set_state(loaded["generator"])
    torch.set_rng_state(loaded["rng"])
    if "cuda_rng" in loaded and torch.cuda.is_available():
        torch.cuda.set_rng_state(loaded["cuda_rng"])
    return loaded["step"]


def refuse_another_model(saved: dict[str, torch.Tensor], model: nn.Module) -> None:
    theirs = {name: tuple(value.shape) for name, value in saved.items()}
    ours = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    for name in [*ours, *(theirs.keys() - ours.keys())]:
        if name not in theirs:
            raise ValueError(f"another model: the checkpoint has no {name}")
        if name not in ours:
            raise ValueError(f"another model: the checkpoint has {name}, which this one has not")
        if theirs[name] != ours[name]:
            raise ValueError(
                f"another model: {name} is {theirs[name]} in the checkpoint, {ours[name]} here"
            )
