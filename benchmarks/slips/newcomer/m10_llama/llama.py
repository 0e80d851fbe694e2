import torch
from torch import nn

from milestones.m01_mlp import Embedding
from milestones.m02_self_attention import causal_mask
from milestones.m09_positions import rotary_angles
from milestones.m10_llama.attention import GroupedQueryAttention
from milestones.m10_llama.parts import RMSNorm, SwiGLU


class LlamaBlock(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.attention_norm = RMSNorm(config.d_model, config.norm_eps)
        self.attention = GroupedQueryAttention(config.d_model, config.n_heads, config.n_kv_heads)
        self.mlp_norm = RMSNorm(config.d_model, config.norm_eps)
        self.mlp = SwiGLU(config.d_model, config.d_hidden)

    def forward(self, x, cos, sin, mask=None, cache=None, layer=0):
        x = x + self.attention(self.attention_norm(x), cos, sin, mask, cache, layer)
        return x + self.mlp(self.mlp_norm(x))


class Llama(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.config = config
        self.token_embedding = Embedding(config.vocab_size, config.d_model)
        self.blocks = nn.ModuleList(LlamaBlock(config) for _ in range(config.n_layers))
        self.final_norm = RMSNorm(config.d_model, config.norm_eps)
        if not config.tied:
            self.head = nn.Linear(config.d_model, config.vocab_size, bias=False)
        for p in self.parameters():
            if p.dim() == 2:  # the weights of norms have one axis and stay 1
                nn.init.normal_(p, mean=0.0, std=0.02)

    def forward(self, tokens, cache=None):
        config = self.config
        start = 0 if cache is None else cache.length
        end = start + tokens.size(1)
        if end > config.context_length:
            raise ValueError(
                f"{end} tokens are more than context_length {config.context_length}"
            )
        positions = torch.arange(start, end, device=tokens.device)
        cos, sin = rotary_angles(positions, config.d_model // config.n_heads, config.rope_base)
        mask = causal_mask(end)[start:].to(tokens.device)
        x = self.token_embedding(tokens)
        for i, block in enumerate(self.blocks):
            x = block(x, cos, sin, mask, cache, i)
        x = self.final_norm(x)
        if config.tied:
            return x @ self.token_embedding.weight.T
        return self.head(x)
