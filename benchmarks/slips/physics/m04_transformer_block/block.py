"""The transformer block: positions exchange what they know, then each thinks for itself."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m01_mlp import MLP
from milestones.m03_multi_head_attention import MultiHeadAttention
from milestones.m04_transformer_block.dropout import Dropout
from milestones.m04_transformer_block.norm import LayerNorm


class TransformerBlock(nn.Module):
    def __init__(
        self, d_model: int, n_heads: int, d_hidden: int | None = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.attention_norm = LayerNorm(d_model)
        self.mlp_norm = LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.mlp = MLP(d_model, 4 * d_model if d_hidden is None else d_hidden)
        self.drop = Dropout(dropout)

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        f = self.attention(self.attention_norm(x), mask)
        x = x + self.drop(f)
        g = self.mlp(self.mlp_norm(x))
        return x + self.drop(g)


class PostNormBlock(TransformerBlock):
    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        a = self.drop(self.attention(x, mask))
        y = self.attention_norm(x + a)
        b = self.drop(self.mlp(y))
        return self.mlp_norm(y + b)
