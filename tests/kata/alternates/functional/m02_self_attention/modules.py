"""Parameters, and which pure functions they are for."""

from collections.abc import Callable

from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m01_mlp import Embedding, Linear
from milestones.m02_self_attention.pure import bag_of_words, mean_where, padding_mask


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
        self.mixer = bag_of_words if mixer is None else mixer
        self.head = Linear(d_model, n_classes)
        self.pad_id = pad_id

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch n_classes"]:
        real = padding_mask(tokens, self.pad_id)  # (batch, seq)
        mixed = self.mixer(self.embedding(tokens), real.unsqueeze(1))  # (batch, seq, d_model)
        return self.head(mean_where(mixed, real))
