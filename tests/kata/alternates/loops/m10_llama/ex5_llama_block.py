"""Exercise 5: the two steps of a block."""

from jaxtyping import Bool, Float
from torch import Tensor, nn

from milestones.m10_llama.cache import LlamaCache
from milestones.m10_llama.config import LlamaConfig
from milestones.m10_llama.ex1_rms_norm import RMSNorm
from milestones.m10_llama.ex2_swiglu import SwiGLU
from milestones.m10_llama.ex4_grouped_query_attention import GroupedQueryAttention


class LlamaBlock(nn.Module):
    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        width = config.d_model
        self.attention = GroupedQueryAttention(width, config.n_heads, config.n_kv_heads)
        self.attention_norm = RMSNorm(width, eps=config.norm_eps)
        self.mlp = SwiGLU(width, config.d_hidden)
        self.mlp_norm = RMSNorm(width, eps=config.norm_eps)

    def forward(
        self,
        x: Float[Tensor, "batch new d_model"],
        cos: Float[Tensor, "..."],
        sin: Float[Tensor, "..."],
        mask: Bool[Tensor, "..."] | None = None,
        cache: LlamaCache | None = None,
        layer: int = 0,
    ) -> Float[Tensor, "batch new d_model"]:
        normed = self.attention_norm(x)
        attended = self.attention(normed, cos, sin, mask=mask, cache=cache, layer=layer)
        x = x + attended
        normed = self.mlp_norm(x)
        thought = self.mlp(normed)
        x = x + thought
        return x
