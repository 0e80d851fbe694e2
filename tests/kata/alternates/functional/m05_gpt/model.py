"""The GPT: a fold of its blocks over the embedded tokens."""

from dataclasses import dataclass
from functools import reduce

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m01_mlp import Embedding
from milestones.m02_self_attention import causal_mask
from milestones.m04_transformer_block import Dropout, LayerNorm, TransformerBlock


@dataclass(frozen=True)
class GPTConfig:
    vocab_size: int
    context_length: int
    d_model: int
    n_layers: int
    n_heads: int
    dropout: float = 0.0


class GPT(nn.Module):
    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = Embedding(config.vocab_size, config.d_model)
        self.position_embedding = Embedding(config.context_length, config.d_model)
        self.dropout = Dropout(config.dropout)
        make_block = lambda _: TransformerBlock(  # noqa: E731
            config.d_model, config.n_heads, dropout=config.dropout
        )
        self.blocks = nn.ModuleList(map(make_block, range(config.n_layers)))
        self.final_norm = LayerNorm(config.d_model)
        init_weights(self)

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch seq vocab"]:
        seq, most = tokens.shape[1], self.config.context_length
        if seq > most:
            raise ValueError(f"got {seq} tokens, but context_length is {most}")
        places = self.position_embedding(torch.arange(seq, device=tokens.device))
        start = self.dropout(self.token_embedding(tokens) + places)
        mask = causal_mask(seq).to(tokens.device)
        stream = reduce(lambda x, block: block(x, mask), self.blocks, start)
        return torch.matmul(self.final_norm(stream), self.token_embedding.weight.mT)


def starts_with(name: str, n_layers: int) -> tuple[float, float]:
    """Mean and deviation of a parameter's start, by its name."""
    if name.endswith("bias"):
        return 0.0, 0.0
    if name.endswith("norm.weight"):
        return 1.0, 0.0
    if name.endswith(("o_proj.weight", "mlp.down.weight")):
        return 0.0, 0.02 * (2 * n_layers) ** -0.5
    return 0.0, 0.02


@torch.no_grad()
def init_weights(model: GPT) -> None:
    for name, parameter in model.named_parameters():
        mean, deviation = starts_with(name, model.config.n_layers)
        parameter.copy_(mean + deviation * torch.randn_like(parameter))
