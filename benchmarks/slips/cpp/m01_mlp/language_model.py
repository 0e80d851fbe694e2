from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m01_mlp.functions import relu
from milestones.m01_mlp.layers import Embedding, Linear


class MLPLanguageModel(nn.Module):
    def __init__(self, vocab_size: int, context_length: int, d_embed: int, d_hidden: int) -> None:
        super().__init__()
        self.context_length = context_length
        self.d_embed = d_embed
        self.embedding = Embedding(vocab_size, d_embed)
        self.hidden = Linear(context_length * d_embed, d_hidden)
        self.output = Linear(d_hidden, vocab_size)

    def forward(self, tokens: Int[Tensor, "batch context_length"]) -> Float[Tensor, "batch vocab"]:
        batch, length = tokens.shape
        e = self.embedding(tokens)
        d = self.d_embed
        window = e.new_zeros(batch, length * d)
        for t in range(length):
            window[:, t * d : (t + 1) * d] = e[:, t, :]
        h = relu(self.hidden(window))
        return self.output(h)
