"""Milestone 5 as a mathematician writes it: one line an equation, two pages in all."""

import math
from dataclasses import astuple, dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, einsum, nn

from milestones.m01_mlp import Embedding
from milestones.m04_transformer_block import Dropout, LayerNorm, TransformerBlock


@dataclass(frozen=True)
class GPTConfig:
    vocab_size: int
    context_length: int
    d_model: int
    n_layers: int
    n_heads: int
    dropout: float = 0.0


def sinusoidal_positions(seq: int, d_model: int) -> Float[Tensor, "seq d_model"]:
    j = torch.arange(d_model)
    rate = torch.exp(-math.log(10_000) * (j - j % 2) / d_model)
    angle = einsum("t,j->tj", torch.arange(seq).to(rate.dtype), rate)
    return torch.sin(angle + (j % 2) * math.pi / 2)  # a cosine is a sine a quarter turn ahead


class GPT(nn.Module):
    def __init__(self, config: GPTConfig) -> None:
        super().__init__()
        self.config = config
        v, c, d, n, h, p = astuple(config)
        self.final_norm = LayerNorm(d)
        self.blocks = nn.ModuleList([TransformerBlock(d, h, 4 * d, p) for _ in range(n)])
        self.dropout = Dropout(p)
        self.position_embedding = Embedding(c, d)
        self.token_embedding = Embedding(v, d)
        init_weights(self)

    def forward(self, tokens: Int[Tensor, "batch seq"]) -> Float[Tensor, "batch seq vocab"]:
        s, c = tokens.shape[1], self.config.context_length
        if s > c:
            raise ValueError(f"context_length {c} < {s}")
        e, p = self.token_embedding.weight, self.position_embedding.weight
        x = self.dropout(self.token_embedding(tokens) + p[:s])
        i = torch.arange(s, device=tokens.device)
        m = i[:, None] >= i
        for f in self.blocks:
            x = f(x, m)
        return einsum("bsd,vd->bsv", self.final_norm(x), e)


def init_weights(model: GPT) -> None:
    σ = 0.02
    ρ = σ * (2 * model.config.n_layers) ** -0.5
    for m in model.modules():
        for kind, p in m.named_parameters(recurse=False):
            start = nn.init.zeros_ if kind == "bias" else nn.init.normal_
            start = nn.init.ones_ if kind == "weight" and isinstance(m, LayerNorm) else start
            start(p, **({"std": σ} if start is nn.init.normal_ else {}))
    for b in model.blocks:
        nn.init.normal_(b.attention.o_proj.weight, std=ρ)
        nn.init.normal_(b.mlp.down.weight, std=ρ)


def count_parameters(model: nn.Module) -> int:
    return sum(math.prod(p.shape) for p in model.parameters())


def flops_per_token(config: GPTConfig, seq: int) -> int:
    v, _, d, n, _, _ = astuple(config)
    return 6 * (v * d + n * (12 * d**2 + 13 * d) + 2 * d) + 12 * n * d * seq


def kv_cache_bytes(config: GPTConfig, batch: int, seq: int, bytes_per_value: int = 2) -> int:
    return math.prod((2, config.n_layers, batch, seq, config.d_model, bytes_per_value))


def load_gpt2(model: GPT, state_dict: dict[str, Tensor]) -> None:
    given = {k.replace("transformer.", ""): w for k, w in state_dict.items()}
    drop = {f"h.{i}.attn.{k}" for i in range(len(model.blocks)) for k in ("bias", "masked_bias")}
    theirs = {k: w for k, w in given.items() if k not in drop | {"lm_head.weight"}}
    new, own = {}, model.state_dict()

    def take(key: str, *names: str) -> None:
        if key not in theirs:
            raise KeyError(f"missing: {key}")
        w = theirs.pop(key)
        old = torch.cat([own[name] for name in names])
        turn = ".c_" in key and key.endswith("weight")
        want = (old.mT if turn else old).shape
        if w.shape != want:
            raise ValueError(f"{key} is {tuple(w.shape)}, not {tuple(want)}")
        w = einsum("io->oi", w) if turn else w
        new.update(zip(names, w.split(len(w) // len(names)), strict=True))

    take("wte.weight", "token_embedding.weight")
    take("wpe.weight", "position_embedding.weight")
    for kind in ("weight", "bias"):
        for i in range(len(model.blocks)):
            b = f"blocks.{i}"
            take(f"h.{i}.ln_1.{kind}", f"{b}.attention_norm.{kind}")
            take(f"h.{i}.attn.c_attn.{kind}", *(f"{b}.attention.{c}_proj.{kind}" for c in "qkv"))
            take(f"h.{i}.attn.c_proj.{kind}", f"{b}.attention.o_proj.{kind}")
            take(f"h.{i}.ln_2.{kind}", f"{b}.mlp_norm.{kind}")
            take(f"h.{i}.mlp.c_fc.{kind}", f"{b}.mlp.up.{kind}")
            take(f"h.{i}.mlp.c_proj.{kind}", f"{b}.mlp.down.{kind}")
        take(f"ln_f.{kind}", f"final_norm.{kind}")
    if theirs:
        raise KeyError(f"left over: {', '.join(theirs)}")
    model.load_state_dict(new)


def trace_shapes(
    model: nn.Module, tokens: Int[Tensor, "batch seq"]
) -> list[tuple[str, tuple[int, ...]]]:
    name_of = {m: name for name, m in model.named_modules()}
    out = []

    def note(m, _, y):
        out.append((name_of[m], tuple(y.shape)))

    handles = [m.register_forward_hook(note) for m in name_of if m is not model]
    try:
        with torch.inference_mode():
            model(tokens)
    finally:
        [handle.remove() for handle in handles]
    return out
