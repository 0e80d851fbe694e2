"""GPT-2: embeddings, a stack of blocks, a last norm, and the embedding again to score tokens.

Uses Embedding from milestone 1, causal_mask from 2, LayerNorm, Dropout and TransformerBlock
from 4.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m01_mlp import Embedding
from milestones.m02_self_attention import causal_mask
from milestones.m04_transformer_block import Dropout, LayerNorm, TransformerBlock
from milestones.m05_gpt.config import GPTConfig


class GPT(nn.Module):
    r"""Read tokens, and score for every position which token comes next.

    $x = \mathrm{token}[t_i] + \mathrm{position}[i]$, through all blocks, then
    $\mathrm{logits} = \mathrm{norm}(x)\, \mathrm{token}^\top$

    token_embedding: Embedding(vocab_size, d_model), used again to score. position_embedding:
    Embedding(context_length, d_model). dropout: on the sum of the two. blocks: a ModuleList of
    n_layers TransformerBlock. final_norm: LayerNorm(d_model). config: the GPTConfig.
    A position never sees a later one. Starts as init_weights sets it.

    Raises ValueError for more tokens than context_length; the message names both numbers.

    Source: Radford et al. 2019, section 2.3; Press and Wolf 2017 for the tied embedding.
    """

    def __init__(self, config: GPTConfig) -> None:
        raise NotImplementedError

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch seq vocab"]:
        raise NotImplementedError


@torch.no_grad()
def init_weights(model: GPT) -> None:
    r"""Draw every parameter anew, as GPT-2 starts.

    N(mean, deviation). Weights and both embeddings: N(0, 0.02). o_proj and mlp.down write into
    the residual stream 2·n_layers times: N(0, 0.02 / √(2·n_layers)). Biases: 0. Norms: weight 1,
    bias 0.

    Source: Radford et al. 2018, section 4.1, for 0.02; Radford et al. 2019, section 2.3, for
    the residual layers.
    """
    raise NotImplementedError
