"""Hooks: read and change what any module gives, without a change of its code.

Nothing earlier is needed.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle


@contextmanager
def hooked(model: nn.Module) -> Iterator[list[RemovableHandle]]:
    """Within the block the model is in eval mode, and it yields a list for handles of hooks.

    Afterwards, on an error too, their hooks are removed, and each module is in its own mode again.

    A helper for all that look into a model: with hooked(model) as handles: ...
    You may leave it out.
    """
    raise NotImplementedError


@torch.no_grad()
def run_with_cache(
    model: nn.Module, tokens: Int[Tensor, "batch seq"]
) -> tuple[Float[Tensor, "batch seq vocab"], dict[str, Tensor]]:
    """The model's logits, and what each of its modules gave on the way, by the module's name.

    The names are those of named_modules(), without the model's own, which is empty. Each entry is
    a detached copy: what happens to the module's output later does not change it, and no two
    entries share memory. A module that ran twice keeps its last output; one that did not run, or
    gave no tensor, has no entry.

    Source: the method of the same name in TransformerLens (Nanda and Bloom 2022).
    """
    raise NotImplementedError


def run_with_hooks(
    model: nn.Module,
    tokens: Int[Tensor, "batch seq"],
    hooks: Mapping[str, Callable[[Tensor], Tensor | None]],
) -> Float[Tensor, "batch seq vocab"]:
    """The model's logits, with some of its modules' outputs changed on the way.

    hooks: by a module's name, a function that gets the module's output and returns another in its
    place, or None to leave it. A module that does not run, such as the list `blocks`, is never
    called for. Gradients flow as through the model itself.

    Raises KeyError for a name that is not in named_modules(), or is empty, before anything runs;
    the message names it.

    Example: run_with_hooks(gpt, tokens, {"blocks.0.mlp": lambda output: 0 * output}) is the run
    without the first MLP.

    Source: the method of the same name in TransformerLens (Nanda and Bloom 2022).
    """
    raise NotImplementedError
