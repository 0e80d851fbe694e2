"""Parameters, and which pure functions they are for."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m01_mlp import Linear
from milestones.m03_multi_head_attention.pure import (
    merge_heads,
    require_divisible,
    same_for_every_head,
    scaled_dot_product_attention,
    split_heads,
)


class AttentionHead(nn.Module):
    def __init__(self, d_model: int, d_head: int) -> None:
        super().__init__()
        self.q_proj = Linear(d_model, d_head)
        self.k_proj = Linear(d_model, d_head)
        self.v_proj = Linear(d_model, d_head)

    def forward(
        self, x: Float[Tensor, "... seq d_model"], mask: Bool[Tensor, "..."] | None = None
    ) -> Float[Tensor, "... seq d_head"]:
        projected = (project(x) for project in (self.q_proj, self.k_proj, self.v_proj))
        return scaled_dot_product_attention(*projected, mask)


class MultiHeadAttention(nn.Module):
    def __init__(self, d_model: int, n_heads: int, bias: bool = True) -> None:
        super().__init__()
        require_divisible(d_model, n_heads)
        self.n_heads = n_heads
        for name in ("q_proj", "k_proj", "v_proj", "o_proj"):
            self.add_module(name, Linear(d_model, d_model, bias=bias))

    def forward(
        self,
        x: Float[Tensor, "batch query d_model"],
        mask: Bool[Tensor, "..."] | None = None,
        context: Float[Tensor, "batch key d_model"] | None = None,
    ) -> Float[Tensor, "batch query d_model"]:
        memory = x if context is None else context
        sources = {self.q_proj: x, self.k_proj: memory, self.v_proj: memory}
        q, k, v = (split_heads(project(y), self.n_heads) for project, y in sources.items())
        heads = scaled_dot_product_attention(q, k, v, same_for_every_head(mask))
        return self.o_proj(merge_heads(heads))
