"""Global state that milestone code changed: default dtype and device, grad mode, the seed."""

import re
from pathlib import Path

import torch

from kata.course import trees
from kata.course.curriculum import Milestone
from kata.errors import KataError
from kata.files import sources
from kata.paths import relative

CALLS = {
    "the default dtype": r"set_default_(dtype|tensor_type)\(",
    "the default device": r"set_default_(device|tensor_type)\(",
    "the grad mode": r"(set_grad_enabled|inference_mode|no_grad|enable_grad)\(",
    "the global seed": r"manual_seed\(|torch\.seed\(",
}
SEED = 0x5EED  # nobody else's


class GlobalChanged(KataError):
    """Milestone code left a global of torch other than it found it."""


def reset() -> None:
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.set_grad_enabled(True)
    torch.default_generator.manual_seed(SEED)  # torch.manual_seed takes 9 ms: it formats the stack


def changed(milestone: Milestone) -> GlobalChanged | None:
    """The first global that is not as `reset` left it, with the line that seems to do it."""
    found = {
        "the default dtype": torch.get_default_dtype() != torch.float32,
        "the default device": torch.get_default_device().type != "cpu",
        "the grad mode": not torch.is_grad_enabled(),
        "the global seed": torch.initial_seed() != SEED,
    }
    for what in (name for name, differs in found.items() if differs):
        where = _line_that_calls(CALLS[what], milestone)
        return GlobalChanged(
            f"{where} changes {what} and leaves it changed: every test after it would feel that."
        )
    return None


def _line_that_calls(pattern: str, milestone: Milestone) -> str:
    for folder in trees.search_path(trees.current()):
        files = sources(Path(folder) / milestone.package)
        for file in (file for file in files if file.name[0] != "_"):
            for number, line in enumerate(file.read_text("utf-8", "replace").splitlines(), 1):
                code = line.partition("#")[0].strip()
                if re.search(pattern, code) and not code.startswith(("with ", "@")):
                    return f"{relative(file)}:{number}"
    return f"milestones/{milestone.package}"
