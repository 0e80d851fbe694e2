"""Exercise 4: one head, with the attention of exercise 1."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m01_mlp import Linear
from milestones.m03_multi_head_attention.ex1_attention import scaled_dot_product_attention


class AttentionHead(nn.Module):
    def __init__(self, d_model: int, d_head: int) -> None:
        super().__init__()
        self.k_proj = Linear(d_model, d_head)
        self.q_proj = Linear(d_model, d_head)
        self.v_proj = Linear(d_model, d_head)

    def forward(
        self, x: Float[Tensor, "... seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "... seq d_head"]:
        queries = self.q_proj(x)
        keys = self.k_proj(x)
        values = self.v_proj(x)
        return scaled_dot_product_attention(queries, keys, values, mask=mask)
