"""A neuron as a mathematician sees it: a key, a value, and gelu of a dot product between them."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, einsum

from milestones.m01_mlp import gelu
from milestones.m05_gpt import GPT
from milestones.m13_inside.hooks import run_with_cache


@torch.no_grad()
def top_triggers(
    model: GPT, sequences: Int[Tensor, "batch seq"], layer: int, neuron: int, k: int
) -> list[tuple[int, int]]:
    x = run_with_cache(model, sequences)[1][f"blocks.{layer}.mlp_norm"]  # (batch, seq, d_model)
    up = model.blocks[layer].mlp.up
    a = gelu(einsum("bsd,d->bs", x, up.weight[neuron]) + up.bias[neuron])
    order = a.flatten().argsort(descending=True)[:k]
    s = a.shape[1]
    i, j = (order // s).tolist(), (order % s).tolist()
    return list(zip(i, j, strict=True))


@torch.no_grad()
def value_distribution(model: GPT, layer: int, neuron: int) -> Float[Tensor, " vocab"]:
    e, w = model.token_embedding.weight, model.blocks[layer].mlp.down.weight
    s = einsum("vd,d->v", e, w[:, neuron])
    return (s - s.logsumexp(0)).exp()
