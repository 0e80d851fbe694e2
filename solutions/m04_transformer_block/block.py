"""The transformer block: positions exchange what they know, then each thinks for itself.

Uses MLP from milestone 1, MultiHeadAttention from milestone 3, LayerNorm and Dropout.
"""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m01_mlp import MLP
from milestones.m03_multi_head_attention import MultiHeadAttention
from milestones.m04_transformer_block.dropout import Dropout
from milestones.m04_transformer_block.norm import LayerNorm


class TransformerBlock(nn.Module):
    r"""Pre-norm: each sublayer reads a normalised copy of x and adds what it found.

    $x \leftarrow x + \mathrm{attention}(\mathrm{norm}_1(x))$,
    $x \leftarrow x + \mathrm{mlp}(\mathrm{norm}_2(x))$

    attention_norm, mlp_norm: LayerNorm(d_model). attention: MultiHeadAttention(d_model, n_heads).
    mlp: MLP(d_model, d_hidden); d_hidden is 4·d_model where it is None. dropout, the argument: the
    probability p with which Dropout drops what a sublayer adds; attention weights are kept.
    mask: as MultiHeadAttention takes it.

    Source: Xiong et al. 2020, section 3.1; Radford et al. 2019, section 2.3.
    """

    def __init__(
        self, d_model: int, n_heads: int, d_hidden: int | None = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.attention_norm = LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.mlp_norm = LayerNorm(d_model)
        self.mlp = MLP(d_model, 4 * d_model if d_hidden is None else d_hidden)
        self.dropout = Dropout(dropout)

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        x = x + self.dropout(self.attention(self.attention_norm(x), mask))
        return x + self.dropout(self.mlp(self.mlp_norm(x)))


class PostNormBlock(TransformerBlock):
    r"""The original order of 2017: each sublayer reads x itself, and the sum is normalised.

    $x \leftarrow \mathrm{norm}_1(x + \mathrm{attention}(x))$,
    $x \leftarrow \mathrm{norm}_2(x + \mathrm{mlp}(x))$

    Parameters and dropout are those of TransformerBlock.

    Source: Vaswani et al. 2017, sections 3.1 and 5.4.
    """

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        x = self.attention_norm(x + self.dropout(self.attention(x, mask)))
        return self.mlp_norm(x + self.dropout(self.mlp(x)))
