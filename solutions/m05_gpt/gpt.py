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
        super().__init__()
        self.config = config
        self.token_embedding = Embedding(config.vocab_size, config.d_model)
        self.position_embedding = Embedding(config.context_length, config.d_model)
        self.dropout = Dropout(config.dropout)
        self.blocks = nn.ModuleList(
            TransformerBlock(config.d_model, config.n_heads, dropout=config.dropout)
            for _ in range(config.n_layers)
        )
        self.final_norm = LayerNorm(config.d_model)
        init_weights(self)

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch seq vocab"]:
        seq = tokens.size(1)
        if seq > self.config.context_length:
            raise ValueError(f"{seq} tokens, but context_length is {self.config.context_length}")
        positions = torch.arange(seq, device=tokens.device)  # (seq)
        x = self.token_embedding(tokens) + self.position_embedding(positions)
        x = self.dropout(x)  # (batch, seq, d_model)
        mask = causal_mask(seq).to(tokens.device)  # (seq, seq)
        for block in self.blocks:
            x = block(x, mask)
        return self.final_norm(x) @ self.token_embedding.weight.T  # (batch, seq, vocab)


@torch.no_grad()
def init_weights(model: GPT) -> None:
    r"""Draw every parameter anew, as GPT-2 starts.

    N(mean, deviation). Weights and both embeddings: N(0, 0.02). o_proj and mlp.down write into
    the residual stream 2·n_layers times: N(0, 0.02 / √(2·n_layers)). Biases: 0. Norms: weight 1,
    bias 0.

    Source: Radford et al. 2018, section 4.1, for 0.02; Radford et al. 2019, section 2.3, for
    the residual layers.
    """
    residual = 0.02 / math.sqrt(2 * model.config.n_layers)
    for name, parameter in model.named_parameters():
        if name.endswith("bias"):
            parameter.zero_()
        elif name.endswith("norm.weight"):
            parameter.fill_(1)
        elif name.endswith(("o_proj.weight", "down.weight")):
            parameter.normal_(0, residual)
        else:
            parameter.normal_(0, 0.02)
