"""A classifier for sequences of any length: its mixer decides whether words can meet."""

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
        self.embedding = Embedding(vocab_size, d_model)
        self.head = Linear(d_model, n_classes)
        self.mixer = mixer
        self.pad_id = pad_id

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch n_classes"]:
        is_real_token = padding_mask(tokens, self.pad_id)
        vectors = self.embedding(tokens)

        if self.mixer is not None:
            mask_of_keys = is_real_token.unsqueeze(1)
            vectors = self.mixer(vectors, mask_of_keys)

        is_pad_column = ~is_real_token.unsqueeze(-1)
        vectors_without_padding = vectors.masked_fill(is_pad_column, 0.0)
        sum_of_real = vectors_without_padding.sum(dim=1)
        count_of_real = is_real_token.sum(dim=1, keepdim=True)
        # a row of padding alone: 0 / 1 = 0
        safe_count = count_of_real.clamp(min=1)
        mean_of_real = sum_of_real / safe_count
        return self.head(mean_of_real)
