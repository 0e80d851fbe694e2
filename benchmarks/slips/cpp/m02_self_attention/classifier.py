from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m01_mlp import Embedding, Linear
from milestones.m02_self_attention.masks import padding_mask


class SequenceClassifier(nn.Module):
    def __init__(
        self,
        vocab_size: int,
        d_model: int,
        n_classes: int,
        mixer: Callable[[Tensor, Tensor], Tensor] | None = None,
        pad_id: int = 0,
    ) -> None:
        super().__init__()
        self.d_model = d_model
        self.pad_id = pad_id
        self.mixer = mixer
        self.embedding = Embedding(vocab_size, d_model)
        self.head = Linear(d_model, n_classes)

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch n_classes"]:
        batch, seq = tokens.shape
        real = padding_mask(tokens, self.pad_id)
        e = self.embedding(tokens)
        if self.mixer is not None:
            e = self.mixer(e, real.reshape(batch, 1, seq))
        total = e.new_zeros(batch, self.d_model)
        for t in range(seq):
            here = real[:, t].unsqueeze(1)
            total = total + torch.where(here, e[:, t, :], torch.zeros_like(total))
        count = real.sum(dim=1, keepdim=True)
        count = count.clamp(min=1)
        mean = total / count
        return self.head(mean)
