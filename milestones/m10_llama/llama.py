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
        raise NotImplementedError

    def forward(
        self,
        x: Float[Tensor, "batch new d_model"],
        cos: Float[Tensor, "..."],
        sin: Float[Tensor, "..."],
        mask: Bool[Tensor, "..."] | None = None,
        cache: LlamaCache | None = None,
        layer: int = 0,
    ) -> Float[Tensor, "batch new d_model"]:
        raise NotImplementedError


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
        raise NotImplementedError

    def forward(
        self, tokens: Int[Tensor, "batch new"], cache: LlamaCache | None = None
    ) -> Float[Tensor, "batch new vocab"]:
        raise NotImplementedError
