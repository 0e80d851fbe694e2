"""Exercises 1 and 2: a class for each kind of hook, and one that puts all back."""

from collections.abc import Callable, Mapping

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class Visit:
    """What is to be undone after a look into a model: hooks, and its modules' modes."""

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.handles = []
        self.modes = {}

    def __enter__(self) -> "Visit":
        for name, module in self.model.named_modules():
            self.modes[name] = module.training
        self.model.eval()
        return self

    def listen(self, module: nn.Module, hook: Callable) -> None:
        self.handles.append(module.register_forward_hook(hook))

    def __exit__(self, *error: object) -> None:
        for handle in self.handles:
            handle.remove()
        for name, module in self.model.named_modules():
            module.training = self.modes[name]


class Keeper:
    """A hook that keeps a copy of what it sees under a name."""

    def __init__(self, name: str, cache: dict) -> None:
        self.name = name
        self.cache = cache

    def __call__(self, module: nn.Module, inputs: tuple, output: object) -> None:
        if not isinstance(output, Tensor):
            return
        copy = output.clone()
        self.cache[self.name] = copy


class Changer:
    """A hook that hands the output to a function."""

    def __init__(self, change: Callable) -> None:
        self.change = change

    def __call__(self, module: nn.Module, inputs: tuple, output: Tensor) -> Tensor | None:
        changed = self.change(output)
        if changed is None:
            return output
        return changed


def run_with_cache(
    model: nn.Module, tokens: Int[Tensor, "batch seq"]
) -> tuple[Float[Tensor, "batch seq vocab"], dict[str, Tensor]]:
    cache = {}
    with Visit(model) as visit:
        for name, module in model.named_modules():
            if name == "":
                continue
            visit.listen(module, Keeper(name, cache))
        with torch.no_grad():
            logits = model(tokens)
    return logits, cache


def run_with_hooks(
    model: nn.Module,
    tokens: Int[Tensor, "batch seq"],
    hooks: Mapping[str, Callable[[Tensor], Tensor | None]],
) -> Float[Tensor, "batch seq vocab"]:
    known = {}
    for name, module in model.named_modules():
        if name != "":
            known[name] = module
    for name in hooks:
        if name not in known:
            message = f"{name!r} is not in the model"
            raise KeyError(message)
    with Visit(model) as visit:
        for name in hooks:
            visit.listen(known[name], Changer(hooks[name]))
        logits = model(tokens)
    return logits
