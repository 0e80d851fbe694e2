"""Exercise 8: the language model, one window at a time."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m01_mlp.ex1_relu import relu
from milestones.m01_mlp.ex5_linear import Linear
from milestones.m01_mlp.ex6_embedding import Embedding


class MLPLanguageModel(nn.Module):
    def __init__(self, vocab_size: int, context_length: int, d_embed: int, d_hidden: int) -> None:
        super().__init__()
        self.vocab_size = vocab_size
        self.embedding = Embedding(vocab_size, d_embed)
        self.output = Linear(d_hidden, vocab_size)
        self.hidden = Linear(context_length * d_embed, d_hidden)

    def score_one_window(self, window: Int[Tensor, " context_length"]) -> Float[Tensor, " vocab"]:
        vectors = []
        for token in window:
            vectors.append(self.embedding(token))
        end_to_end = torch.cat(vectors)  # (context_length * d_embed)
        before = self.hidden(end_to_end)  # (d_hidden)
        after = relu(before)
        scores = self.output(after)  # (vocab)
        return scores

    def forward(self, tokens: Int[Tensor, "batch context_length"]) -> Float[Tensor, "batch vocab"]:
        logits = []
        for window in tokens:
            logits.append(self.score_one_window(window))
        if len(logits) == 0:
            return self.output.weight.sum().expand(0, self.vocab_size)  # empty, in the graph
        return torch.stack(logits)
