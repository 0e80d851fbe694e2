"""Exercise 2: the model, with a mask that is kept and a head that shares its weight."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m01_mlp import Embedding, Linear
from milestones.m04_transformer_block import Dropout, LayerNorm, TransformerBlock
from milestones.m05_gpt.config import GPTConfig
from milestones.m05_gpt.ex3_init_weights import init_weights


class GPT(nn.Module):
    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = Embedding(config.vocab_size, config.d_model)
        self.position_embedding = Embedding(config.context_length, config.d_model)
        self.dropout = Dropout(config.dropout)
        self.blocks = nn.ModuleList()
        for _ in range(config.n_layers):
            block = TransformerBlock(config.d_model, config.n_heads, dropout=config.dropout)
            self.blocks.append(block)
        self.final_norm = LayerNorm(config.d_model)
        self.head = Linear(config.d_model, config.vocab_size, bias=False)
        self.head.weight = self.token_embedding.weight
        square = torch.ones(config.context_length, config.context_length)
        self.register_buffer("mask", torch.tril(square) == 1)
        init_weights(self)

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch seq vocab"]:
        length = tokens.shape[1]
        if length > self.config.context_length:
            raise ValueError(
                f"the text has {length} tokens, the model reads {self.config.context_length}"
            )
        positions = torch.arange(length, device=tokens.device)
        rows = []
        for text in tokens:
            rows.append(self.token_embedding(text) + self.position_embedding(positions))
        x = torch.stack(rows)  # (batch, seq, d_model)
        x = self.dropout(x)
        mask = self.mask[:length, :length]  # (seq, seq)
        for layer in range(self.config.n_layers):
            block = self.blocks[layer]
            x = block(x, mask)
        x = self.final_norm(x)
        return self.head(x)
