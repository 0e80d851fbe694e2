"""The model of the milestone: attention alone, so that all it does can be multiplied out.

Nothing earlier is needed.
"""

import copy
import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn


class AttentionOnly(nn.Module):
    r"""A transformer of attention heads alone: no norms, MLPs or biases.

    $x_0 = \mathrm{token}[t]$, then $x \leftarrow x + \sum_h A_h\, x\, W_{V,h} W_{O,h}$ for each
    layer, and in the end $\mathrm{logits} = x\, U$. $A_h = \mathrm{softmax}((x + p) W_{Q,h}
    ((x + p) W_{K,h})^\top / \sqrt{d_\mathrm{head}})$ under the causal mask

    Vectors are rows. The positions $p$ are added only to what queries and keys read, so the stream
    holds nothing but what tokens wrote. d_head is d_model / n_heads.

    token_embedding "vocab d_model" and position_embedding "context d_model" start as N(0, 1).
    w_q, w_k, w_v "layers heads d_model d_head", w_o "layers heads d_head d_model" and unembedding
    "d_model vocab" start as N(0, 1/√d_model).

    Raises ValueError for more tokens than context_length; the message names both numbers.

    Source: Elhage et al. 2021, sections "Transformer Overview" and, for the positions, "Two-Layer
    Attention-Only Transformers" (after Press et al. 2020).
    """

    def __init__(  # given
        self, vocab_size: int, context_length: int, d_model: int, n_layers: int, n_heads: int
    ) -> None:
        super().__init__()
        d_head = d_model // n_heads
        into, out_of = (n_layers, n_heads, d_model, d_head), (n_layers, n_heads, d_head, d_model)
        width = 1 / math.sqrt(d_model)
        self.token_embedding = nn.Parameter(torch.randn(vocab_size, d_model))
        self.position_embedding = nn.Parameter(torch.randn(context_length, d_model))
        self.w_q = nn.Parameter(width * torch.randn(into))
        self.w_k = nn.Parameter(width * torch.randn(into))
        self.w_v = nn.Parameter(width * torch.randn(into))
        self.w_o = nn.Parameter(width * torch.randn(out_of))
        self.unembedding = nn.Parameter(width * torch.randn(d_model, vocab_size))

    def forward(  # given
        self, tokens: Int[Tensor, "batch seq"]
    ) -> Float[Tensor, "batch seq vocab"]:
        return self._run(tokens)[0]

    def patterns(  # given
        self, tokens: Int[Tensor, "batch seq"]
    ) -> Float[Tensor, "layers batch heads query key"]:
        """What each head's queries attend to, in weights that sum to 1."""
        return self._run(tokens)[1]

    def _run(self, tokens: Tensor) -> tuple[Tensor, Tensor]:  # given
        seq, context_length = tokens.size(1), len(self.position_embedding)
        if seq > context_length:
            raise ValueError(f"{seq} tokens, but context_length is {context_length}")
        later = torch.ones(seq, seq, dtype=torch.bool, device=tokens.device).triu(1)
        x = self.token_embedding[tokens]  # (batch, seq, d_model)
        patterns = []
        for w_q, w_k, w_v, w_o in zip(self.w_q, self.w_k, self.w_v, self.w_o, strict=True):
            placed = (x + self.position_embedding[:seq]).unsqueeze(1)  # (batch, 1, seq, d_model)
            scores = placed @ w_q @ (placed @ w_k).mT / math.sqrt(w_q.size(-1))
            pattern = scores.masked_fill(later, -torch.inf).softmax(dim=-1)
            x = x + (pattern @ (x.unsqueeze(1) @ w_v) @ w_o).sum(dim=1)  # over the heads
            patterns.append(pattern)  # (batch, heads, query, key)
        return x @ self.unembedding, torch.stack(patterns)


def without_head(model: AttentionOnly, layer: int, head: int) -> AttentionOnly:  # given
    """A copy of the model in which one head writes nothing."""
    other = copy.deepcopy(model)
    with torch.no_grad():
        other.w_o[layer, head] = 0
    return other
