"""A turn for each place: two vectors that are turned alike still match alike.

Uses MultiHeadAttention, split_heads, merge_heads and scaled_dot_product_attention from milestone 3.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from milestones.m03_multi_head_attention import (
    MultiHeadAttention,
    merge_heads,
    scaled_dot_product_attention,
    split_heads,
)


def rotary_angles(
    positions: Int[Tensor, " seq"], d_head: int, base: float = 10000.0
) -> tuple[Float[Tensor, "seq pairs"], Float[Tensor, "seq pairs"]]:
    r"""The cosines and sines of the angles by which each place turns each pair of numbers.

    $\theta_{t,i} = t \cdot \mathrm{base}^{-2i/d_\mathrm{head}}$ for the place $t$ and the pair $i$,
    from 0 to $d_\mathrm{head}/2 - 1$

    Returns (cos, sin), in float32 whatever PyTorch's default is, on the device of the positions.

    Raises ValueError for an odd d_head; the message names it.

    Example: for positions [0, 1] and d_head 4, cos is [[1, 1], [0.5403, 0.99995]] and sin is
    [[0, 0], [0.8415, 0.01]].

    Source: Su et al. 2021, section 3.2.2, equation 15.
    """
    if d_head % 2 != 0:
        raise ValueError(f"d_head must be even, but it is {d_head}")
    pairs = torch.arange(d_head // 2, dtype=torch.float32, device=positions.device)
    inv_freq = base ** (-2 * pairs / d_head)
    theta = torch.outer(positions.float(), inv_freq)  # (seq, pairs)
    return theta.cos(), theta.sin()


def rotate(
    x: Float[Tensor, "... seq d_head"], cos: Float[Tensor, "..."], sin: Float[Tensor, "..."]
) -> Float[Tensor, "... seq d_head"]:
    r"""Turn each pair of numbers by its angle, against the clock.

    $(a, b) \to (a \cos\theta - b \sin\theta,\; b \cos\theta + a \sin\theta)$

    Number $i$ of the first half, $a$, makes a pair with number $i$ of the second half, $b$.
    cos, sin: of rotary_angles, or of any floating dtype and any shape that broadcasts to
    "... seq d_head/2". Computed at least in float32, and in float64 where x is float64; the result
    has the dtype of x.

    Example: rotate([[3, 4]], cos [[0]], sin [[1]]), a quarter turn, is [[-4, 3]].

    Source: Su et al. 2021, section 3.4.2, with the pairs of Llama's published weights.
    """
    dtype = torch.promote_types(x.dtype, torch.float32)
    half = x.shape[-1] // 2
    a = x[..., :half].to(dtype)
    b = x[..., half:].to(dtype)
    first = a * cos - b * sin
    second = b * cos + a * sin
    return torch.cat([first, second], dim=-1).to(x.dtype)


class RotaryAttention(MultiHeadAttention):
    r"""Multi-head self-attention whose queries and keys are turned by their places.

    $\mathrm{score}_{ij} = R_i q_i \cdot R_j k_j / \sqrt{d_\mathrm{head}}$, which depends on the
    places only through $i - j$; the values are not turned

    The parts of MultiHeadAttention, its mask, zeros and ValueError, and nothing more in its state
    dict. base: of rotary_angles. mask: anything that broadcasts to "batch query key"; None hides
    nothing.

    Raises ValueError at construction where d_head = d_model / n_heads is odd, too; the message
    names it.

    Source: Su et al. 2021, section 3.2.2, equation 16.
    """

    def __init__(
        self, d_model: int, n_heads: int, base: float = 10000.0, bias: bool = True
    ) -> None:
        super().__init__(d_model, n_heads, bias)
        d_head = d_model // n_heads
        if d_head % 2 == 1:
            raise ValueError(f"the width of a head must be even, but it is {d_head}")
        self.d_head = d_head
        self.base = base

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        batch, seq, _ = x.shape
        q, k, v = (
            split_heads(proj(x), self.n_heads) for proj in (self.q_proj, self.k_proj, self.v_proj)
        )
        positions = torch.arange(seq, device=x.device)
        cos, sin = rotary_angles(positions, self.d_head, self.base)
        q = rotate(q, cos, sin)
        k = rotate(k, cos, sin)
        if mask is not None:
            mask = mask.expand(batch, seq, seq)[:, None]
        heads = scaled_dot_product_attention(q, k, v, mask)
        return self.o_proj(merge_heads(heads))
