"""Exercise 7: the classifier, one review at a time once it is mixed."""

from collections.abc import Callable

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from milestones.m01_mlp import Embedding, Linear
from milestones.m02_self_attention.ex4_padding_mask import padding_mask


class SequenceClassifier(nn.Module):
    def __init__(
        self,
        vocab_size: int,
        d_model: int,
        n_classes: int,
        mixer: Callable | None = None,
        pad_id: int = 0,
    ) -> None:
        super().__init__()
        self.head = Linear(d_model, n_classes)
        self.embedding = Embedding(vocab_size, d_model)
        self.mixer = mixer
        self.pad_id = pad_id

    def mean_of_one_row(
        self, vectors: Float[Tensor, "seq d_model"], is_real: Bool[Tensor, " seq"]
    ) -> Float[Tensor, " d_model"]:
        total = torch.zeros_like(vectors[0])
        count = 0
        for i in range(len(vectors)):
            if is_real[i]:
                total = total + vectors[i]
                count = count + 1
        if count == 0:
            return total
        return total / count

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch n_classes"]:
        is_real = padding_mask(tokens, self.pad_id)  # (batch, seq)
        x = self.embedding(tokens)  # (batch, seq, d_model)
        if self.mixer is not None:
            keys = is_real.unsqueeze(dim=1)  # (batch, 1, seq)
            x = self.mixer(x, keys)
        means = []
        for i in range(len(tokens)):
            means.append(self.mean_of_one_row(x[i], is_real[i]))
        return self.head(torch.stack(means))
