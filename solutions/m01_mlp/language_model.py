"""A neural language model without attention: the baseline of every later milestone.

It sees a fixed window of tokens and guesses the next one. Uses relu, Linear and Embedding.
"""

from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m01_mlp.functions import relu
from milestones.m01_mlp.layers import Embedding, Linear


class MLPLanguageModel(nn.Module):
    r"""Look up each token of the window, lay the rows end to end, score every next token.

    $\mathrm{logits} = \mathrm{output}(\mathrm{relu}(\mathrm{hidden}([e_1; e_2; \dots; e_n])))$

    embedding: Embedding(vocab_size, d_embed). hidden: Linear(context_length · d_embed, d_hidden).
    output: Linear(d_hidden, vocab_size). Returns logits, not probabilities.

    Source: Bengio et al. 2003, section 2 (there with tanh).
    """

    def __init__(self, vocab_size: int, context_length: int, d_embed: int, d_hidden: int) -> None:
        super().__init__()
        self.embedding = Embedding(vocab_size, d_embed)
        self.hidden = Linear(context_length * d_embed, d_hidden)
        self.output = Linear(d_hidden, vocab_size)

    def forward(self, tokens: Int[Tensor, "batch context_length"]) -> Float[Tensor, "batch vocab"]:
        x = self.embedding(tokens)  # (batch, context_length, d_embed)
        x = x.flatten(start_dim=1)  # (batch, context_length * d_embed)
        return self.output(relu(self.hidden(x)))  # (batch, vocab)
