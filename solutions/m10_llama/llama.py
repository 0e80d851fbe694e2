"""Llama: the GPT of milestone 5 with RMSNorm, SwiGLU, turned positions and shared keys and values.

Uses Embedding from milestone 1, causal_mask from 2, and rotary_angles from 9.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from milestones.m01_mlp import Embedding
from milestones.m02_self_attention import causal_mask
from milestones.m09_positions import rotary_angles
from milestones.m10_llama.attention import GroupedQueryAttention
from milestones.m10_llama.cache import LlamaCache
from milestones.m10_llama.config import LlamaConfig
from milestones.m10_llama.parts import RMSNorm, SwiGLU


class LlamaBlock(nn.Module):
    r"""Attention, then the MLP, each on a normed copy of the stream, to which it is added.

    $x = x + \mathrm{attention}(\mathrm{norm}(x))$, then $x = x + \mathrm{mlp}(\mathrm{norm}(x))$

    attention_norm, mlp_norm: RMSNorm with the config's norm_eps. attention: GroupedQueryAttention,
    which gets all arguments but x as they came. mlp: SwiGLU.

    Source: Touvron et al. 2023, section 2.2.
    """

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.attention_norm = RMSNorm(config.d_model, config.norm_eps)
        self.attention = GroupedQueryAttention(config.d_model, config.n_heads, config.n_kv_heads)
        self.mlp_norm = RMSNorm(config.d_model, config.norm_eps)
        self.mlp = SwiGLU(config.d_model, config.d_hidden)

    def forward(
        self,
        x: Float[Tensor, "batch new d_model"],
        cos: Float[Tensor, "..."],
        sin: Float[Tensor, "..."],
        mask: Bool[Tensor, "..."] | None = None,
        cache: LlamaCache | None = None,
        layer: int = 0,
    ) -> Float[Tensor, "batch new d_model"]:
        x = x + self.attention(self.attention_norm(x), cos, sin, mask, cache, layer)
        return x + self.mlp(self.mlp_norm(x))


class Llama(nn.Module):
    """Read tokens, and score for every position which token comes next.

    token_embedding: Embedding(vocab_size, d_model). blocks: a ModuleList of n_layers LlamaBlock.
    final_norm: RMSNorm with norm_eps. head: Linear(d_model, vocab_size) without bias, where the
    config is not tied; where it is, there is none, and the embedding scores the tokens.
    config: the LlamaConfig. Weights start as N(0, 0.02), those of norms as 1.

    A position never sees a later one. cache: the tokens continue what it holds, and are added to
    it; any way of cutting a text into chunks gives the logits of reading it at once.

    Raises ValueError where the text, with what the cache holds, becomes longer than
    context_length; the message names that length and context_length, and the cache is as it was.

    Source: Touvron et al. 2023, section 2.2; Press and Wolf 2017 for the tied embedding.
    """

    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = Embedding(config.vocab_size, config.d_model)
        self.blocks = nn.ModuleList(LlamaBlock(config) for _ in range(config.n_layers))
        self.final_norm = RMSNorm(config.d_model, config.norm_eps)
        if not config.tied:
            self.head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        for name, parameter in self.named_parameters():
            if not name.endswith("norm.weight"):
                nn.init.normal_(parameter, std=0.02)

    def forward(
        self, tokens: Int[Tensor, "batch new"], cache: LlamaCache | None = None
    ) -> Float[Tensor, "batch new vocab"]:
        start = 0 if cache is None else cache.length
        end = start + tokens.size(1)
        if end > self.config.context_length:
            raise ValueError(f"{end} tokens, but context_length is {self.config.context_length}")
        places = torch.arange(start, end, device=tokens.device)  # (new)
        d_head = self.config.d_model // self.config.n_heads
        cos, sin = rotary_angles(places, d_head, self.config.rope_base)  # (new, d_head / 2) each
        one = end - start == 1  # the newest position may see all
        mask = None if one else causal_mask(end)[start:].to(tokens.device)  # (new, key)
        x = self.token_embedding(tokens)  # (batch, new, d_model)
        for layer, block in enumerate(self.blocks):
            x = block(x, cos, sin, mask, cache, layer)
        x = self.final_norm(x)
        return x @ self.token_embedding.weight.T if self.config.tied else self.head(x)
