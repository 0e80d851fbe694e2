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
    Before that layer nothing changes, so the head writes what it writes in the untouched run.

    Source: Wang et al. 2022, section 2.2, for the mean.
    """
    output = head_outputs(model, tokens, layer)[:, head]  # (batch, seq, d_model)
    instead = output.mean(dim=(0, 1)) if mean else torch.zeros_like(output)
    return run_with_hooks(
        model, tokens, {f"blocks.{layer}.attention": lambda whole: whole - output + instead}
    )


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
    vectors = residual_stream(model, clean)[layer, :, position]
    return run_with_stream(model, corrupt, layer, position, vectors)


def refuse_unequal(corrupt: Tensor, clean: Tensor) -> None:
    """Raises ValueError where two texts are not of one shape. A helper; you may leave it out."""
    if corrupt.shape != clean.shape:
        raise ValueError(f"corrupt is {tuple(corrupt.shape)}, but clean is {tuple(clean.shape)}")


def run_with_stream(
    model: nn.Module,
    tokens: Int[Tensor, "batch seq"],
    layer: int,
    position: int,
    vectors: Float[Tensor, "batch d_model"],
) -> Float[Tensor, "batch seq vocab"]:
    """The logits with these vectors in the stream, at one place. A helper; you may leave it out."""

    def replace(reader: nn.Module, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        stream = inputs[0].clone()  # (batch, seq, d_model)
        stream[:, position] = vectors
        return stream, *inputs[1:]

    reader = (*model.blocks, model.final_norm)[layer]
    with hooked(model) as handles:
        handles.append(reader.register_forward_pre_hook(replace))
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
    other = head_outputs(model, clean, layer)[:, head]  # (batch, seq, d_model)
    own = head_outputs(model, corrupt, layer)[:, head]
    return run_with_hooks(
        model, corrupt, {f"blocks.{layer}.attention": lambda whole: whole - own + other}
    )


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
    restored = restoration(model, corrupt, clean, metric)
    stream = residual_stream(model, clean)  # (layers + 1, batch, seq, d_model)
    grid = [
        [
            restored(run_with_stream(model, corrupt, layer, position, vectors))
            for position, vectors in enumerate(streams.unbind(1))
        ]
        for layer, streams in enumerate(stream)
    ]
    return torch.tensor(grid, dtype=stream.dtype, device=stream.device)


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
    restored = restoration(model, corrupt, clean, metric)
    grid = [
        [
            restored(patch_head(model, corrupt, clean, layer, head))
            for head in range(block.attention.n_heads)
        ]
        for layer, block in enumerate(model.blocks)
    ]
    return torch.tensor(grid, dtype=model.final_norm.weight.dtype, device=corrupt.device)


def restoration(model: nn.Module, corrupt: Tensor, clean: Tensor, metric: Metric) -> Metric:
    """The metric, counted from the corrupt run (0) to the clean one (1).

    A helper for both grids; you may leave it out.
    """
    refuse_unequal(corrupt, clean)
    nothing, everything = (metric(run_with_hooks(model, text, {})) for text in (corrupt, clean))
    if nothing == everything:
        raise ValueError(f"the metric is {nothing} on corrupt and on clean: nothing to restore")
    return lambda logits: (metric(logits) - nothing) / (everything - nothing)
