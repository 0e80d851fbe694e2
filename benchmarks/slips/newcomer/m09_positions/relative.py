"""A vector for each distance: attention learns what it means to stand two places back.

Uses Embedding from milestone 1, masked_softmax from 2, and MultiHeadAttention, split_heads and
merge_heads from 3.
"""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from milestones.m01_mlp import Embedding
from milestones.m02_self_attention import masked_softmax
from milestones.m03_multi_head_attention import MultiHeadAttention, merge_heads, split_heads


def relative_positions(query: int, key: int, max_distance: int) -> Int[Tensor, "query key"]:
    r"""For each query and key, which row of a table of distances is theirs.

    $\mathrm{out}_{ij} = \mathrm{clip}(j - i, -m, m) + m$, where $m$ is max_distance and $i$ and $j$
    are the places of query and key

    query, key: how many there are. The keys stand at the places from 0; the queries are the last
    of them. It lies on the CPU, like causal_mask.

    Raises ValueError for more queries than keys; the message names both numbers.

    Example: relative_positions(2, 3, 1) is [[0, 1, 2], [0, 0, 1]]: the queries stand at 1 and 2.

    Source: Shaw et al. 2018, section 3.2.
    """
    if query > key:
        raise ValueError(f"there are {query} queries, but only {key} keys")
    key_pos = torch.arange(key)
    query_pos = torch.arange(key - query, key)
    distance = key_pos[None, :] - query_pos[:, None]
    return distance.clamp(min=-max_distance, max=max_distance) + max_distance


class RelativeAttention(MultiHeadAttention):
    r"""Multi-head self-attention in which a query also asks how far away a key is.

    $\mathrm{score}_{ij} = q_i \cdot (k_j + a_{ij}) / \sqrt{d_\mathrm{head}}$, where $a_{ij}$ is the
    row of distance_embedding that relative_positions gives for $i$ and $j$

    The parts of MultiHeadAttention, its mask, zeros and ValueError, and distance_embedding:
    Embedding(2·max_distance + 1, d_head), the same for every head.
    mask: anything that broadcasts to "batch query key"; None hides nothing.

    Source: Shaw et al. 2018, section 3.1, equation 4 (without what it adds to the values).
    """

    def __init__(self, d_model: int, n_heads: int, max_distance: int, bias: bool = True) -> None:
        super().__init__(d_model, n_heads, bias)
        self.max_distance = max_distance
        self.distance_embedding = Embedding(2 * max_distance + 1, d_model // n_heads)

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        batch, seq, _ = x.shape
        q = split_heads(self.q_proj(x), self.n_heads)
        k = split_heads(self.k_proj(x), self.n_heads)
        v = split_heads(self.v_proj(x), self.n_heads)

        rows = relative_positions(seq, seq, self.max_distance).to(x.device)
        a = self.distance_embedding(rows)  # (query, key, d_head)

        by_content = q @ k.transpose(-2, -1)
        by_distance = torch.einsum("bhid,ijd->bhij", q, a)
        scores = (by_content + by_distance) / math.sqrt(q.shape[-1])

        if mask is None:
            weights = scores.softmax(dim=-1)
        else:
            mask = mask.expand(batch, seq, seq).unsqueeze(1)  # the same for every head
            weights = masked_softmax(scores, mask)
        return self.o_proj(merge_heads(weights @ v))
