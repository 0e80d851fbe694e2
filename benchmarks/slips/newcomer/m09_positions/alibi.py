"""A slope for each head: the farther away a key is, the less it counts.

Uses masked_softmax from milestone 2, and MultiHeadAttention, split_heads and merge_heads from 3.
"""

import math

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from milestones.m02_self_attention import masked_softmax
from milestones.m03_multi_head_attention import MultiHeadAttention, merge_heads, split_heads


def alibi_slopes(n_heads: int) -> Float[Tensor, " heads"]:
    r"""How much a head takes off a score for each place of distance: fixed, and never learned.

    $m_i = 2^{-8i/n}$ for $i$ from 1 to $n$, where $n$ is a power of two

    For any other number: the slopes of the largest power of two below it, then as many as are
    missing of those of twice that power: every second one, from the first. In PyTorch's default
    dtype.

    Example: alibi_slopes(4) is [1/4, 1/16, 1/64, 1/256], and alibi_slopes(3) is [1/16, 1/256, 1/4].

    Source: Press et al. 2022, section 3; the authors' code for other numbers than powers of two.
    """
    power = 2 ** math.floor(math.log2(n_heads))  # the largest power of two up to n_heads
    slopes = [2 ** (-8 * i / power) for i in range(1, power + 1)]
    missing = n_heads - power
    if missing > 0:
        twice = 2 * power
        finer = [2 ** (-8 * i / twice) for i in range(1, twice + 1)]
        slopes += finer[0::2][:missing]
    return torch.tensor(slopes)


def alibi_bias(n_heads: int, seq: int) -> Float[Tensor, "heads seq seq"]:
    r"""What each head adds to the score of each query (row) and key (column).

    $b_{hij} = -m_h \, |i - j|$, with the slopes $m$ of alibi_slopes

    In PyTorch's default dtype, on the CPU, like causal_mask.

    Example: alibi_bias(4, 2)[0] is [[0, -1/4], [-1/4, 0]].

    Source: Press et al. 2022, section 3, figure 3; there a mask hides the later keys.
    """
    slopes = alibi_slopes(n_heads).view(n_heads, 1, 1)
    places = torch.arange(seq)
    distance = (places[:, None] - places[None, :]).abs()
    return -slopes * distance


class AlibiAttention(MultiHeadAttention):
    r"""Multi-head self-attention in which each head prefers what is near, by a slope of its own.

    $\mathrm{score}_{hij} = q_{hi} \cdot k_{hj} / \sqrt{d_\mathrm{head}} + b_{hij}$, with the bias
    $b$ of alibi_bias

    The parts of MultiHeadAttention, its mask, zeros and ValueError, and nothing more in its state
    dict. mask: anything that broadcasts to "batch query key"; None hides nothing.

    Source: Press et al. 2022, section 3.
    """

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        batch, seq, _ = x.shape
        queries = split_heads(self.q_proj(x), self.n_heads)
        keys = split_heads(self.k_proj(x), self.n_heads)
        values = split_heads(self.v_proj(x), self.n_heads)
        bias = alibi_bias(self.n_heads, seq).to(device=x.device, dtype=x.dtype)
        scores = queries @ keys.mT / math.sqrt(queries.size(-1)) + bias
        if mask is None:
            weights = torch.softmax(scores, dim=-1)
        else:
            allowed = mask.expand(batch, seq, seq).unsqueeze(1)
            weights = masked_softmax(scores, allowed)
        return self.o_proj(merge_heads(weights @ values))
