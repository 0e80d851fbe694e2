"""A patch as a mathematician sees it: the run is a function, and one value in it is another."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float, Int
from torch import Tensor, einsum, nn

from milestones.m05_gpt import GPT
from milestones.m13_inside.hooks import run_with_hooks
from milestones.m13_inside.stream import head_outputs, residual_stream

Metric = Callable[[Tensor], float]


def logit_difference(
    logits: Float[Tensor, "batch seq vocab"],
    right: int | Int[Tensor, " batch"],
    wrong: int | Int[Tensor, " batch"],
) -> float:
    last = logits[:, -1]  # (batch, vocab)
    rows = torch.arange(len(last), device=last.device)
    return (last[rows, right] - last[rows, wrong]).mean().item()


@contextmanager
def still(f: nn.Module) -> Iterator[None]:
    """f without chance: within the block each of its parts is in eval mode."""
    noisy = [g for g in f.modules() if g.training]
    f.eval()
    try:
        yield
    finally:
        for g in noisy:
            g.training = True


def same_shape(x: Tensor, y: Tensor) -> None:
    (b, s), (c, t) = x.shape, y.shape
    if (b, s) != (c, t):
        raise ValueError(f"a text of {b} by {s} and one of {c} by {t}")


@torch.no_grad()
def ablate_head(
    model: GPT, tokens: Int[Tensor, "batch seq"], layer: int, head: int, mean: bool = False
) -> Float[Tensor, "batch seq vocab"]:
    y = head_outputs(model, tokens, layer)  # (batch, heads, seq, d_model)
    n, b = y.shape[1], model.blocks[layer].attention.o_proj.bias
    others = (torch.arange(n, device=y.device) != head).to(y.dtype)
    mu = einsum("bsd->d", y[:, head]) / tokens.numel()
    a = einsum("bhsd,h->bsd", y, others) + b + mean * mu
    return run_with_hooks(model, tokens, {f"blocks.{layer}.attention": lambda _: a})


@torch.no_grad()
def patch_stream(
    model: nn.Module,
    corrupt: Int[Tensor, "batch seq"],
    clean: Int[Tensor, "..."],
    layer: int,
    position: int,
) -> Float[Tensor, "batch seq vocab"]:
    same_shape(corrupt, clean)
    x = residual_stream(model, clean)[layer]  # (batch, seq, d_model)
    here = torch.arange(x.shape[1], device=x.device)[:, None] == position

    def swap(_: nn.Module, args: tuple) -> tuple:
        return torch.where(here, x, args[0]), *args[1:]

    place = [*model.blocks, model.final_norm][layer]
    with still(model):
        hook = place.register_forward_pre_hook(swap)
        try:
            return model(corrupt)
        finally:
            hook.remove()


@torch.no_grad()
def patch_head(
    model: GPT,
    corrupt: Int[Tensor, "batch seq"],
    clean: Int[Tensor, "..."],
    layer: int,
    head: int,
) -> Float[Tensor, "batch seq vocab"]:
    same_shape(corrupt, clean)
    x, y = (head_outputs(model, t, layer) for t in (corrupt, clean))  # batch heads seq d_model
    this = torch.arange(x.shape[1], device=x.device) == head
    a = torch.where(this[:, None, None], y, x)
    a = einsum("bhsd->bsd", a) + model.blocks[layer].attention.o_proj.bias
    return run_with_hooks(model, corrupt, {f"blocks.{layer}.attention": lambda _: a})


def scale(
    model: nn.Module, corrupt: Tensor, clean: Tensor, metric: Metric
) -> Callable[[list], Tensor]:
    """The map that takes the metric's value on corrupt to 0, and that on clean to 1."""
    with still(model):
        zero, one = metric(model(corrupt)), metric(model(clean))
    if one == zero:
        raise ValueError(f"both texts measure {zero}")
    return lambda m: (torch.tensor(m, dtype=torch.float64) - zero) / (one - zero)


@torch.no_grad()
def patching_grid(
    model: nn.Module,
    corrupt: Int[Tensor, "batch seq"],
    clean: Int[Tensor, "..."],
    metric: Metric,
) -> Float[Tensor, "streams seq"]:
    same_shape(corrupt, clean)
    to_share = scale(model, corrupt, clean, metric)
    n, s = 1 + len(model.blocks), clean.shape[1]
    return to_share(
        [[metric(patch_stream(model, corrupt, clean, i, t)) for t in range(s)] for i in range(n)]
    )


@torch.no_grad()
def head_patching_grid(
    model: GPT,
    corrupt: Int[Tensor, "batch seq"],
    clean: Int[Tensor, "..."],
    metric: Metric,
) -> Float[Tensor, "layers heads"]:
    same_shape(corrupt, clean)
    rescaled = scale(model, corrupt, clean, metric)
    n, h = len(model.blocks), model.blocks[0].attention.n_heads
    return rescaled(
        [[metric(patch_head(model, corrupt, clean, i, j)) for j in range(h)] for i in range(n)]
    )
