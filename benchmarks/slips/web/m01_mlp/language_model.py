"""A neural language model without attention: the baseline of every later milestone."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m01_mlp.functions import relu
from milestones.m01_mlp.layers import Embedding, Linear


class MLPLanguageModel(nn.Module):
    def __init__(self, vocab_size: int, context_length: int, d_embed: int, d_hidden: int) -> None:
        super().__init__()
        self.context_length = context_length
        self.d_embed = d_embed
        width_of_window = context_length * d_embed
        self.embedding = Embedding(vocab_size, d_embed)
        self.hidden = Linear(width_of_window, d_hidden)
        self.output = Linear(d_hidden, vocab_size)

    def forward(self, tokens: Int[Tensor, "batch context_length"]) -> Float[Tensor, "batch vocab"]:
        batch_size = tokens.shape[0]
        embedded_tokens = self.embedding(tokens)
        end_to_end = embedded_tokens.reshape(batch_size, self.context_length * self.d_embed)
        hidden_values = relu(self.hidden(end_to_end))
        logits = self.output(hidden_values)
        return logits
