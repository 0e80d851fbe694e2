"""Watch the data flow through a model: each module that ran, and the shape it gave.

Nothing earlier is needed.
"""

from functools import partial

import torch
from jaxtyping import Int
from torch import Tensor, nn


@torch.no_grad()
def trace_shapes(
    model: nn.Module, tokens: Int[Tensor, "batch seq"]
) -> list[tuple[str, tuple[int, ...]]]:
    seen: list[tuple[str, tuple[int, ...]]] = []
    handles = [
        module.register_forward_hook(partial(_note, seen, name))
        for name, module in model.named_modules()
        if name
    ]
    try:
        model(tokens)
    finally:
        for handle in handles:
            handle.remove()
    return seen


def _note(
    seen: list[tuple[str, tuple[int, ...]]],
    name: str,
    module: nn.Module,
    args: tuple[Tensor, ...],
    output: Tensor,
) -> None:
    seen.append((name, tuple(output.shape)))
