"""Neurons, one place and one token after the other."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from milestones.m01_mlp import gelu, softmax
from milestones.m05_gpt import GPT
from milestones.m13_inside.hooks import run_with_hooks


@torch.no_grad()
def top_triggers(
    model: GPT, sequences: Int[Tensor, "batch seq"], layer: int, neuron: int, k: int
) -> list[tuple[int, int]]:
    mlp = model.blocks[layer].mlp
    seen = []

    def look(normed: Tensor) -> None:
        seen.append(normed)

    run_with_hooks(model, sequences, {f"blocks.{layer}.mlp_norm": look})
    places = []
    for row in range(sequences.shape[0]):
        for position in range(sequences.shape[1]):
            x = seen[0][row, position]
            before = (x * mlp.up.weight[neuron]).sum() + mlp.up.bias[neuron]
            active = gelu(before).item()
            places.append((active, row, position))
    places.sort(reverse=True)
    found = []
    for _, row, position in places[:k]:
        found.append((row, position))
    return found


@torch.no_grad()
def value_distribution(model: GPT, layer: int, neuron: int) -> Float[Tensor, " vocab"]:
    value = model.blocks[layer].mlp.down.weight[:, neuron]
    scores = []
    for embedding in model.token_embedding.weight:
        scores.append((embedding * value).sum())
    return softmax(torch.stack(scores), dim=0)
