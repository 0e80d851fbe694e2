"""A classifier for sequences of any length: its mixer decides whether words can meet.

Uses Linear and Embedding from milestone 1, and padding_mask.
"""

from collections.abc import Callable

from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m01_mlp import Embedding, Linear
from milestones.m02_self_attention.masks import padding_mask


class SequenceClassifier(nn.Module):
    r"""Look up the tokens, let the mixer mix them, and score the mean of the real ones.

    $\mathrm{logits} = \mathrm{head}\left(\frac{1}{n} \sum_{i \text{ real}}
    \mathrm{mixer}(e, \mathrm{mask})_i\right)$

    embedding: Embedding(vocab_size, d_model). head: Linear(d_model, n_classes).
    mixer: any callable mixer(x: "batch seq d_model", mask: "batch 1 seq") to the shape of x, or
    None: a bag of words. The mask is True where a key is real, and is always given.
    pad_id: the token, below vocab_size, that fills up short rows. Padding never changes a
    prediction; the mean of a row that is all padding is zero. Returns logits.

    Example: embeddings 2 and 4 of real tokens and 99 of padding have the mean 3.

    Source: Iyyer et al. 2015, Deep Unordered Composition, section 2, for the bag of words.
    """

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
        self.mixer = mixer
        self.head = Linear(d_model, n_classes)
        self.pad_id = pad_id

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch n_classes"]:
        real = padding_mask(tokens, self.pad_id)  # (batch, seq)
        x = self.embedding(tokens)  # (batch, seq, d_model)
        if self.mixer is not None:
            x = self.mixer(x, real.unsqueeze(1))  # every query sees the same keys
        total = x.masked_fill(~real.unsqueeze(-1), 0).sum(1)  # (batch, d_model)
        count = real.sum(1, keepdim=True).clamp(min=1)  # (batch, 1)
        return self.head(total / count)  # (batch, n_classes)
