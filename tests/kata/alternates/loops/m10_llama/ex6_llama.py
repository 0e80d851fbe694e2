"""Exercise 6: the model, with a mask that is filled in row by row."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m01_mlp import Embedding, Linear
from milestones.m09_positions import rotary_angles
from milestones.m10_llama.cache import LlamaCache
from milestones.m10_llama.config import LlamaConfig
from milestones.m10_llama.ex1_rms_norm import RMSNorm
from milestones.m10_llama.ex5_llama_block import LlamaBlock


class Llama(nn.Module):
    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.config = config
        self.token_embedding = Embedding(config.vocab_size, config.d_model)
        self.blocks = nn.ModuleList()
        for _ in range(config.n_layers):
            self.blocks.append(LlamaBlock(config))
        self.final_norm = RMSNorm(config.d_model, eps=config.norm_eps)
        if not config.tied:
            self.head = Linear(config.d_model, config.vocab_size, bias=False)
        standard_deviation = 0.02
        with torch.no_grad():
            for module in self.modules():
                if isinstance(module, (Linear, Embedding)):
                    module.weight.copy_(standard_deviation * torch.randn_like(module.weight))

    def forward(
        self, tokens: Int[Tensor, "batch new"], cache: LlamaCache | None = None
    ) -> Float[Tensor, "batch new vocab"]:
        before = 0
        if cache is not None:
            before = cache.length
        new = tokens.shape[1]
        total = before + new
        limit = self.config.context_length
        if total > limit:
            raise ValueError(f"the text has {total} tokens, the model reads {limit}")
        positions = torch.arange(before, total, device=tokens.device)
        d_head = self.config.d_model // self.config.n_heads
        cos, sin = rotary_angles(positions, d_head, self.config.rope_base)
        mask = torch.zeros(new, total, dtype=torch.bool, device=tokens.device)
        for i in range(new):
            mask[i, : before + i + 1] = True
        x = self.token_embedding(tokens)
        for layer in range(self.config.n_layers):
            block = self.blocks[layer]
            x = block(x, cos, sin, mask, cache, layer)
        x = self.final_norm(x)
        if self.config.tied:
            return torch.nn.functional.linear(x, self.token_embedding.weight)
        return self.head(x)
