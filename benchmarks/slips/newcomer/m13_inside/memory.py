"""An MLP as a memory: each neuron has a key that it answers to, and a value that it then writes.

Uses gelu from milestone 1, GPT from 5, and hooks.py.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from milestones.m01_mlp import gelu
from milestones.m05_gpt import GPT
from milestones.m13_inside.hooks import run_with_cache


@torch.no_grad()
def top_triggers(
    model: GPT, sequences: Int[Tensor, "batch seq"], layer: int, neuron: int, k: int
) -> list[tuple[int, int]]:
    r"""Where a neuron of a layer's MLP is most active: the k largest, as (row, position).

    $\mathrm{gelu}(\mathrm{up}(x))_\mathrm{neuron}$, with the layer's normed stream $x$

    The largest comes first, equal ones in any order. There are fewer than k where there are fewer
    positions.

    Source: Geva et al. 2021, section 3.1.
    """
    _, cache = run_with_cache(model, sequences)
    active = gelu(cache[f"blocks.{layer}.mlp.up"])[:, :, neuron]  # (batch, seq)
    seq = active.size(1)
    best = active.flatten().topk(min(k, active.numel())).indices.tolist()
    return [(index // seq, index % seq) for index in best]


@torch.no_grad()
def value_distribution(model: GPT, layer: int, neuron: int) -> Float[Tensor, " vocab"]:
    r"""Which tokens a neuron speaks for: what it writes into the stream, unembedded.

    $\mathrm{softmax}(\mathrm{token}\; v)$ with the neuron's column $v$ of mlp.down

    Source: Geva et al. 2021, section 4.
    """
    value = model.blocks[layer].mlp.down.weight[:, neuron]  # (d_model)
    return torch.softmax(model.token_embedding.weight @ value, dim=-1)
