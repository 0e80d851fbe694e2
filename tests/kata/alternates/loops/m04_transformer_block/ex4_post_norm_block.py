"""Exercise 4: the block in the order of 2017, one step a line."""

from jaxtyping import Bool, Float
from torch import Tensor

from milestones.m04_transformer_block.ex3_transformer_block import TransformerBlock


class PostNormBlock(TransformerBlock):
    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "batch seq d_model"]:
        heard = self.attention(x, mask)
        heard = self.dropout(heard)
        total = x + heard
        normed = self.attention_norm(total)
        thought = self.mlp(normed)
        thought = self.dropout(thought)
        total = normed + thought
        return self.mlp_norm(total)
