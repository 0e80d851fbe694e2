"""Cause and effect: put a part of one run into another, and see what it changes.

Uses GPT from milestone 5, hooks.py, and head_outputs and residual_stream of stream.py.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m05_gpt import GPT
from milestones.m13_inside.hooks import hooked, run_with_hooks
from milestones.m13_inside.stream import head_outputs, residual_stream

Metric = Callable[[Tensor], float]


def logit_difference(  # given
    logits: Float[Tensor, "batch seq vocab"],
    right: int | Int[Tensor, " batch"],
    wrong: int | Int[Tensor, " batch"],
) -> float:
    """How far the right token's logit is above the wrong one's at the last position, on average.

    right, wrong: one token for all rows, or one a row.

    Source: Wang et al. 2022, section 2.
    """
    last = logits[:, -1]  # (batch, vocab)
    rows = torch.arange(len(last), device=last.device)
    return (last[rows, right] - last[rows, wrong]).mean().item()


@torch.no_grad()
def ablate_head(
    model: GPT, tokens: Int[Tensor, "batch seq"], layer: int, head: int, mean: bool = False
) -> Float[Tensor, "batch seq vocab"]:
    """The logits without what one head writes.

    mean: in place of nothing it writes, everywhere, its mean over the rows and positions of the
    untouched run. Nothing takes the stream to where it never is; the mean does not.

    Source: Wang et al. 2022, section 2.2, for the mean.
    """
    written = head_outputs(model, tokens, layer)[:, head]  # (batch, seq, d_model)
    instead = written.mean(dim=(0, 1)) if mean else 0.0
    name = f"blocks.{layer}.attention"
    return run_with_hooks(model, tokens, {name: lambda output: output - written + instead})


@torch.no_grad()
def patch_stream(
    model: nn.Module,
    corrupt: Int[Tensor, "batch seq"],
    clean: Int[Tensor, "..."],
    layer: int,
    position: int,
) -> Float[Tensor, "batch seq vocab"]:
    """The run on `corrupt`, with the stream at one place as it is in the run on `clean`.

    The place is before block `layer`, at that position; layer n_layers is before the last norm.
    model: as residual_stream takes it.

    Raises ValueError where the two are not of one shape; the message names both shapes.

    Source: Meng et al. 2022, section 2.1; Zhang and Nanda 2023, section 2, for the names.
    """
    refuse_unequal(corrupt, clean)
    vectors = residual_stream(model, clean)[layer, :, position]  # (batch, d_model)
    return run_with_stream(model, corrupt, layer, position, vectors)


def refuse_unequal(corrupt: Tensor, clean: Tensor) -> None:
    """Raises ValueError where two texts are not of one shape. A helper; you may leave it out."""
    if corrupt.shape != clean.shape:
        raise ValueError(
            f"corrupt is {tuple(corrupt.shape)} and clean is {tuple(clean.shape)}, "
            "but both must have the same shape"
        )


def run_with_stream(
    model: nn.Module,
    tokens: Int[Tensor, "batch seq"],
    layer: int,
    position: int,
    vectors: Float[Tensor, "batch d_model"],
) -> Float[Tensor, "batch seq vocab"]:
    """The logits with these vectors in the stream, at one place. A helper; you may leave it out."""
    def put(module: nn.Module, args: tuple) -> tuple:
        stream = args[0].clone()
        stream[:, position] = vectors
        return stream, *args[1:]

    places = [*model.blocks, model.final_norm]
    with hooked(model) as handles:
        handles.append(places[layer].register_forward_pre_hook(put))
        return model(tokens)


@torch.no_grad()
def patch_head(
    model: GPT,
    corrupt: Int[Tensor, "batch seq"],
    clean: Int[Tensor, "..."],
    layer: int,
    head: int,
) -> Float[Tensor, "batch seq vocab"]:
    """The run on `corrupt`, with what one head writes, at all positions, as in the run on `clean`.

    Raises ValueError as patch_stream does.

    Source: Zhang and Nanda 2023, section 2.
    """
    refuse_unequal(corrupt, clean)
    old = head_outputs(model, corrupt, layer)[:, head]
    new = head_outputs(model, clean, layer)[:, head]
    name = f"blocks.{layer}.attention"
    return run_with_hooks(model, corrupt, {name: lambda output: output + new - old})


@torch.no_grad()
def patching_grid(
    model: nn.Module,
    corrupt: Int[Tensor, "batch seq"],
    clean: Int[Tensor, "..."],
    metric: Metric,
) -> Float[Tensor, "streams seq"]:
    r"""How much of the clean run comes back when the stream is patched, for every place.

    $\frac{m(\mathrm{patched}) - m(\mathrm{corrupt})}{m(\mathrm{clean}) - m(\mathrm{corrupt})}$:
    0 where the patch changes nothing, 1 where it brings all back

    metric: from all logits of a run to a number. model: as patch_stream takes it.

    Raises ValueError where the metric is equal on both runs, and as patch_stream does.

    Source: Meng et al. 2022, section 2.1; Zhang and Nanda 2023, section 2, for the measure.
    """
    refuse_unequal(corrupt, clean)
    restored = restoration(model, corrupt, clean, metric)
    streams = residual_stream(model, clean)  # (streams, batch, seq, d_model)
    n_streams, _, seq, _ = streams.shape
    grid = torch.zeros(n_streams, seq)
    for layer in range(n_streams):
        for position in range(seq):
            vectors = streams[layer, :, position]
            logits = run_with_stream(model, corrupt, layer, position, vectors)
            grid[layer, position] = restored(logits)
    return grid


@torch.no_grad()
def head_patching_grid(
    model: GPT,
    corrupt: Int[Tensor, "batch seq"],
    clean: Int[Tensor, "..."],
    metric: Metric,
) -> Float[Tensor, "layers heads"]:
    """The same measure as patching_grid, for every head of every layer, with patch_head.

    Raises ValueError as patching_grid does.

    Source: Zhang and Nanda 2023, section 2.
    """
    refuse_unequal(corrupt, clean)
    restored = restoration(model, corrupt, clean, metric)
    n_layers, n_heads = len(model.blocks), model.blocks[0].attention.n_heads
    rows = []
    for layer in range(n_layers):
        patched = [patch_head(model, corrupt, clean, layer, head) for head in range(n_heads)]
        rows.append([restored(logits) for logits in patched])
    return torch.tensor(rows)


def restoration(model: nn.Module, corrupt: Tensor, clean: Tensor, metric: Metric) -> Metric:
    """The metric, counted from the corrupt run (0) to the clean one (1).

    A helper for both grids; you may leave it out.
    """
    at_clean = metric(run_with_hooks(model, clean, {}))
    at_corrupt = metric(run_with_hooks(model, corrupt, {}))
    if at_clean == at_corrupt:
        raise ValueError(f"the metric is {at_clean} on both runs, so nothing can be restored")
    return lambda logits: (metric(logits) - at_corrupt) / (at_clean - at_corrupt)
