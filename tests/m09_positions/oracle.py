"""What all three attentions do alike, slowly: each head and each query for itself."""

import math

import torch
from torch import nn
from torch.nn import functional as F

from kata import check

NAMES = ("q_proj", "k_proj", "v_proj", "o_proj")


def attend(x, state, n_heads, scores, mask=None):
    """The output for x, from PyTorch's parts.

    scores(q, k, i, h): how the query at place i of head h, "batch 1 d_head", meets each key,
    "batch key d_head".
    """
    q, k, v = (
        F.linear(x, state[f"{name}.weight"], state.get(f"{name}.bias")).chunk(n_heads, -1)
        for name in NAMES[:3]
    )
    batch, seq = x.shape[:2]
    hidden = torch.zeros((), dtype=torch.bool) if mask is None else ~mask
    hidden = hidden.expand(batch, seq, seq)
    heads = []
    for h in range(n_heads):
        rows = []
        for i in range(seq):
            row = scores(q[h][:, i : i + 1], k[h], i, h)  # (batch, key)
            weights = torch.softmax(row.masked_fill(hidden[:, i], -torch.inf), -1)
            weights = weights.masked_fill(hidden[:, i], 0)  # (batch, key)
            rows.append((weights.unsqueeze(-1) * v[h]).sum(1))
        heads.append(torch.stack(rows, 1))
    return F.linear(torch.cat(heads, -1), state["o_proj.weight"], state.get("o_proj.bias"))


def dot(q, k):
    """Scaled scores, one a key."""
    return (q * k).sum(-1) / math.sqrt(k.size(-1))


def random_state(d_model, bias=True, dtype=torch.float32, **parts):
    """Weights for the four projections, and for the parts that are given by name."""
    projections = {name: nn.Linear(d_model, d_model, bias) for name in NAMES}
    state = check.random_state(nn.ModuleDict(projections | parts).to(dtype), seed=0)
    return {name: value / 2 for name, value in state.items()}
