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

    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = Embedding(config.vocab_size, config.d_model)
        self.position_embedding = Embedding(config.context_length, config.d_model)
        self.dropout = Dropout(config.dropout)
        self.blocks = nn.ModuleList(
            [
                TransformerBlock(config.d_model, config.n_heads, dropout=config.dropout)
                for _ in range(config.n_layers)
            ]
        )
        self.final_norm = LayerNorm(config.d_model)
        init_weights(self)

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch seq vocab"]:
        seq = tokens.shape[1]
        limit = self.config.context_length
        if seq > limit:
            raise ValueError(f"got {seq} tokens, but context_length is {limit}")
        stream = self.dropout(self._embed(tokens))
        mask = causal_mask(seq).to(tokens.device)
        for block in self.blocks:
            stream = block(stream, mask)
        return self._score(self.final_norm(stream))

    def _embed(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch seq d_model"]:
        where = torch.arange(tokens.shape[1], device=tokens.device)
        return self.token_embedding(tokens) + self.position_embedding(where)

    def _score(self, x: Float[Tensor, "batch seq d_model"]) -> Float[Tensor, "batch seq vocab"]:
        return nn.functional.linear(x, self.token_embedding.weight)


@torch.no_grad()
def init_weights(model: GPT) -> None:
    base = 0.02
    residual = base / math.sqrt(2 * model.config.n_layers)
    for name, p in model.named_parameters():
        if name.endswith("bias"):
            nn.init.zeros_(p)
        elif name.endswith("norm.weight"):
            nn.init.ones_(p)
        elif name.endswith(("o_proj.weight", "mlp.down.weight")):
            nn.init.normal_(p, std=residual)
        else:
            nn.init.normal_(p, std=base)
