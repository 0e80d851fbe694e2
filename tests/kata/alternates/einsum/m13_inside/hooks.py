"""Hooks as a mathematician writes them: one function that listens, and two that use it."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


def listened(
    f: nn.Module,
    x: Tensor,
    after: Iterable[tuple[nn.Module, Callable]] = (),
    before: Iterable[tuple[nn.Module, Callable]] = (),
) -> Tensor:
    """f(x) in eval mode, with these hooks; then all is as it was."""
    learning = {m for m in f.modules() if m.training}
    with ExitStack() as last:
        for m in learning:
            last.callback(setattr, m, "training", True)
        for m, hook in after:
            last.callback(m.register_forward_hook(hook).remove)
        for m, hook in before:
            last.callback(m.register_forward_pre_hook(hook).remove)
        return f.eval()(x)


@torch.no_grad()
def run_with_cache(
    model: nn.Module, tokens: Int[Tensor, "batch seq"]
) -> tuple[Float[Tensor, "batch seq vocab"], dict[str, Tensor]]:
    name_of = {m: name for name, m in model.named_modules() if m is not model}
    y = {}

    def note(m: nn.Module, _: tuple, out: object) -> None:
        if torch.is_tensor(out):
            y[name_of[m]] = out.clone().detach()

    return listened(model, tokens, after=[(m, note) for m in name_of]), y


def run_with_hooks(
    model: nn.Module,
    tokens: Int[Tensor, "batch seq"],
    hooks: Mapping[str, Callable[[Tensor], Tensor | None]],
) -> Float[Tensor, "batch seq vocab"]:
    part = dict(model.named_modules())
    part.pop("")
    if unknown := hooks.keys() - part:
        raise KeyError(f"no such modules: {sorted(unknown)}")
    after = [(part[name], lambda _m, _x, y, g=g: g(y)) for name, g in hooks.items()]
    return listened(model, tokens, after)
