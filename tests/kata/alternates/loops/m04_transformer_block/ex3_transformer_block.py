"""Exercise 3: the block, one step a line."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m01_mlp import MLP
from milestones.m03_multi_head_attention import MultiHeadAttention
from milestones.m04_transformer_block.ex1_layer_norm import LayerNorm
from milestones.m04_transformer_block.ex2_dropout import Dropout


class TransformerBlock(nn.Module):
    def __init__(
        self, d_model: int, n_heads: int, d_hidden: int | None = None, dropout: float = 0.0
    ) -> None:
        super().__init__()
        if d_hidden is None:
            d_hidden = 4 * d_model
        self.mlp_norm = LayerNorm(d_model)
        self.mlp = MLP(d_model, d_hidden)
        self.attention_norm = LayerNorm(d_model)
        self.attention = MultiHeadAttention(d_model, n_heads)
        self.dropout = Dropout(dropout)

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        stream = x
        copy = self.attention_norm(stream)
        heard = self.attention(copy, mask)
        heard = self.dropout(heard)
        stream = stream + heard
        copy = self.mlp_norm(stream)
        thought = self.mlp(copy)
        thought = self.dropout(thought)
        stream = stream + thought
        return stream
