"""Patches, one step after the other."""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

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


def check_shapes(corrupt: Tensor, clean: Tensor) -> None:
    if list(corrupt.shape) != list(clean.shape):
        message = f"expected two texts of one shape, got {corrupt.shape} and {clean.shape}"
        raise ValueError(message)


@torch.no_grad()
def ablate_head(
    model: GPT, tokens: Int[Tensor, "batch seq"], layer: int, head: int, mean: bool = False
) -> Float[Tensor, "batch seq vocab"]:
    """Without its columns of o_proj the head writes nothing; a bias is written everywhere."""
    attention = model.blocks[layer].attention
    weight = attention.o_proj.weight
    bias = attention.o_proj.bias
    kept_weight = weight.clone()
    kept_bias = bias.clone()
    d_head = weight.shape[1] // attention.n_heads
    start = head * d_head
    stop = start + d_head
    written = head_outputs(model, tokens, layer)[:, head]
    try:
        weight[:, start:stop] = 0
        if mean:
            total = torch.zeros_like(bias)
            for row in written:
                for vector in row:
                    total += vector
            bias += total / tokens.numel()
        return run_with_hooks(model, tokens, {})
    finally:
        weight.copy_(kept_weight)
        bias.copy_(kept_bias)


@torch.no_grad()
def patch_stream(
    model: nn.Module,
    corrupt: Int[Tensor, "batch seq"],
    clean: Int[Tensor, "..."],
    layer: int,
    position: int,
) -> Float[Tensor, "batch seq vocab"]:
    check_shapes(corrupt, clean)
    source = residual_stream(model, clean)[layer]
    readers = list(model.blocks)
    readers.append(model.final_norm)
    reader = readers[layer]
    training = {}
    for module in model.modules():
        training[module] = module.training
    model.eval()

    def hook(module: nn.Module, inputs: tuple) -> tuple:
        x = inputs[0].clone()
        x[:, position] = source[:, position]
        return (x, *inputs[1:])

    handle = reader.register_forward_pre_hook(hook)
    try:
        logits = model(corrupt)
    finally:
        handle.remove()
        for module in training:
            module.training = training[module]
    return logits


@torch.no_grad()
def patch_head(
    model: GPT,
    corrupt: Int[Tensor, "batch seq"],
    clean: Int[Tensor, "..."],
    layer: int,
    head: int,
) -> Float[Tensor, "batch seq vocab"]:
    check_shapes(corrupt, clean)
    before = head_outputs(model, corrupt, layer)
    after = head_outputs(model, clean, layer)

    def change(output: Tensor) -> Tensor:
        result = output.clone()
        for row in range(output.shape[0]):
            for position in range(output.shape[1]):
                result[row, position] -= before[row, head, position]
                result[row, position] += after[row, head, position]
        return result

    return run_with_hooks(model, corrupt, {f"blocks.{layer}.attention": change})


@torch.no_grad()
def patching_grid(
    model: nn.Module,
    corrupt: Int[Tensor, "batch seq"],
    clean: Int[Tensor, "..."],
    metric: Metric,
) -> Float[Tensor, "streams seq"]:
    check_shapes(corrupt, clean)
    low = metric(run_with_hooks(model, corrupt, {}))
    high = metric(run_with_hooks(model, clean, {}))
    if low == high:
        message = f"the metric says {low} of both texts"
        raise ValueError(message)
    places = len(model.blocks) + 1
    seq = corrupt.shape[1]
    grid = torch.zeros(places, seq)
    for layer in range(places):
        for position in range(seq):
            logits = patch_stream(model, corrupt, clean, layer, position)
            grid[layer, position] = (metric(logits) - low) / (high - low)
    return grid


@torch.no_grad()
def head_patching_grid(
    model: GPT,
    corrupt: Int[Tensor, "batch seq"],
    clean: Int[Tensor, "..."],
    metric: Metric,
) -> Float[Tensor, "layers heads"]:
    check_shapes(corrupt, clean)
    worst = metric(run_with_hooks(model, corrupt, {}))
    best = metric(run_with_hooks(model, clean, {}))
    if worst == best:
        message = f"the metric says {worst} of both texts"
        raise ValueError(message)
    rows = []
    for layer in range(len(model.blocks)):
        row = []
        for head in range(model.blocks[layer].attention.n_heads):
            logits = patch_head(model, corrupt, clean, layer, head)
            row.append((metric(logits) - worst) / (best - worst))
        rows.append(row)
    return torch.tensor(rows)
