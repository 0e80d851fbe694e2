"""Milestone 10 as a mathematician writes it: groups are a letter, g, and nothing is repeated."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain

import torch
from jaxtyping import Bool, Float, Int, UInt8
from torch import Tensor, einsum, nn

from milestones.m01_mlp import Embedding
from milestones.m06_sampler import apply_temperature, greedy, sample, top_k_filter, top_p_filter
from milestones.m08_tokenizer import Tokenizer
from milestones.m09_positions import rotary_angles, rotate
from milestones.m10_llama.cache import LlamaCache
from milestones.m10_llama.config import LlamaConfig

Linear = partial(nn.Linear, bias=False)


class RMSNorm(nn.Module):
    def __init__(self, d_model: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(d_model))
        self.eps = eps

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        z = x if x.dtype == torch.float64 else x.to(torch.float32)
        r = einsum("...i,...i->...", z, z)[..., None] / z.shape[-1]
        y = self.weight * z / torch.sqrt(r + self.eps)
        return y.to(x.dtype)


class SwiGLU(nn.Module):
    def __init__(self, d_model: int, d_hidden: int) -> None:
        super().__init__()
        self.down_proj = Linear(d_hidden, d_model)
        self.up_proj = Linear(d_model, d_hidden)
        self.gate_proj = Linear(d_model, d_hidden)

    def forward(self, x: Float[Tensor, "... d_model"]) -> Float[Tensor, "... d_model"]:
        g, u = self.gate_proj(x), self.up_proj(x)
        return self.down_proj(g * torch.sigmoid(g) * u)


def repeat_heads(
    x: Float[Tensor, "batch kv_heads seq d_head"], n: int
) -> Float[Tensor, "batch heads seq d_head"]:
    h = torch.arange(n * x.shape[1], device=x.device)
    return x[:, h // n]


class GroupedQueryAttention(nn.Module):
    def __init__(self, d_model: int, n_heads: int, n_kv_heads: int) -> None:
        super().__init__()
        self.n_heads, self.n_kv_heads = n_heads, n_kv_heads
        self.d_head, rest = divmod(d_model, n_heads)
        if rest:
            raise ValueError(f"{n_heads} heads do not fit into {d_model} columns")
        if self.n_heads % self.n_kv_heads != 0:
            raise ValueError(f"{n_kv_heads} groups of equal size cannot be made of {n_heads} heads")
        if self.d_head % 2 == 1:
            raise ValueError(f"no pairs in {self.d_head} numbers")
        self.o_proj = Linear(d_model, d_model)
        self.v_proj = Linear(d_model, n_kv_heads * self.d_head)
        self.k_proj = Linear(d_model, n_kv_heads * self.d_head)
        self.q_proj = Linear(d_model, d_model)

    def forward(
        self,
        x: Float[Tensor, "batch new d_model"],
        cos: Float[Tensor, "..."],
        sin: Float[Tensor, "..."],
        mask: Bool[Tensor, "..."] | None = None,
        cache: LlamaCache | None = None,
        layer: int = 0,
    ) -> Float[Tensor, "batch new d_model"]:
        projections = (self.q_proj, self.k_proj, self.v_proj)
        q, k, v = (p(x).unflatten(2, (-1, self.d_head)).transpose(1, 2) for p in projections)
        q, k = rotate(q, cos, sin), rotate(k, cos, sin)
        if cache is not None:
            k, v = cache.append(layer, k, v)  # batch, g, key, d_head
        q = q.unflatten(1, (self.n_kv_heads, -1))  # batch, g, member, query, d_head
        s = einsum("bgmqd,bgkd->bgmqk", q, k) / self.d_head**0.5
        if mask is None:
            a = s.softmax(-1)
        else:
            m = mask.expand(x.shape[0], x.shape[1], k.shape[2])[:, None, None]
            a = s.masked_fill(~m, -torch.inf).softmax(-1).masked_fill(~m, 0)
        y = einsum("bgmqk,bgkd->bqgmd", a, v)
        return self.o_proj(y.flatten(2))


class LlamaBlock(nn.Module):
    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        d, c = config.d_model, config
        self.mlp_norm = RMSNorm(d, c.norm_eps)
        self.mlp = SwiGLU(d, c.d_hidden)
        self.attention_norm = RMSNorm(d, c.norm_eps)
        self.attention = GroupedQueryAttention(d, c.n_heads, c.n_kv_heads)

    def forward(
        self,
        x: Float[Tensor, "batch new d_model"],
        cos: Float[Tensor, "..."],
        sin: Float[Tensor, "..."],
        mask: Bool[Tensor, "..."] | None = None,
        cache: LlamaCache | None = None,
        layer: int = 0,
    ) -> Float[Tensor, "batch new d_model"]:
        attend = partial(self.attention, cos=cos, sin=sin, mask=mask, cache=cache, layer=layer)
        for norm, f in ((self.attention_norm, attend), (self.mlp_norm, self.mlp)):
            x = x + f(norm(x))
        return x


def scores(model, tokens, cos, sin, mask, cache):
    """The logits of tokens whose turns and mask are known."""
    x = model.token_embedding(tokens)
    for i, f in enumerate(model.blocks):
        x = f(x, cos, sin, mask, cache, i)
    table = model.token_embedding.weight if model.config.tied else model.head.weight
    return einsum("btd,vd->btv", model.final_norm(x), table)


class Llama(nn.Module):
    def __init__(self, config: LlamaConfig) -> None:
        super().__init__()
        self.config = config
        if not config.tied:
            self.head = Linear(config.d_model, config.vocab_size)
        self.final_norm = RMSNorm(config.d_model, config.norm_eps)
        self.blocks = nn.ModuleList([LlamaBlock(config) for _ in range(config.n_layers)])
        self.token_embedding = Embedding(config.vocab_size, config.d_model)
        for p in self.parameters():
            if p.ndim == 2:
                nn.init.normal_(p, std=0.02)

    def forward(
        self, tokens: Int[Tensor, "batch new"], cache: LlamaCache | None = None
    ) -> Float[Tensor, "batch new vocab"]:
        c = self.config
        past = cache.length if cache is not None else 0
        n = past + tokens.shape[1]
        if n > c.context_length:
            raise ValueError(f"context_length is {c.context_length}, and {n} tokens are too many")
        t = torch.arange(n, device=tokens.device)
        m = t[past:, None] >= t
        cos, sin = rotary_angles(t[past:], c.d_model // c.n_heads, c.rope_base)
        return scores(self, tokens, cos, sin, m, cache)


THEIRS = (
    (r"^token_embedding\.", "model.embed_tokens."),
    (r"^blocks\.", "model.layers."),
    (r"^final_norm\.", "model.norm."),
    (r"^head\.", "lm_head."),
    (r"\.attention_norm\.", ".input_layernorm."),
    (r"\.attention\.", ".self_attn."),
    (r"\.mlp_norm\.", ".post_attention_layernorm."),
)


def renamed(name: str) -> str:
    for ours, theirs in THEIRS:
        name = re.sub(ours, theirs, name)
    return name


def load_llama(model: Llama, state_dict: Mapping[str, Tensor]) -> None:
    own = {renamed(name): p for name, p in model.named_parameters()}
    given = {k: w for k, w in state_dict.items() if not k.endswith("rotary_emb.inv_freq")}
    if model.config.tied:
        given.pop("lm_head.weight", None)
    if missing := own.keys() - given.keys():
        raise KeyError(f"missing: {', '.join(sorted(missing))}")
    if more := given.keys() - own.keys():
        raise KeyError(f"left over: {', '.join(sorted(more))}")
    for k, p in own.items():
        if p.shape != given[k].shape:
            raise ValueError(f"{k} is {tuple(given[k].shape)}, not {tuple(p.shape)}")
    with torch.no_grad():
        for k, p in own.items():
            p.copy_(given[k])


@contextmanager
def asked(model: nn.Module) -> Iterator[None]:
    """Within the block the model is only asked: in eval mode, and without a graph."""
    was = {m: m.training for m in model.modules()}
    model.eval()
    try:
        with torch.no_grad():
            yield
    finally:
        for m in was:
            m.training = was[m]


def continue_text(
    model: nn.Module,
    tokens: Int[Tensor, "batch seq"],
    max_new_tokens: int,
    *,
    temperature: float | int = 1.0,
    top_k: int | None = None,
    top_p: float | int | None = None,
    stop_token: int | None = None,
    generator: torch.Generator | None = None,
) -> Int[Tensor, "batch longer"]:
    n = model.config.context_length
    cache = LlamaCache(model.config.n_layers)
    over = torch.zeros(len(tokens), dtype=torch.bool, device=tokens.device)
    with asked(model):
        for _ in range(max_new_tokens):
            if tokens.shape[1] <= n:
                z = model(tokens[:, cache.length :], cache)[:, -1]
            else:
                z = model(tokens[:, -n:])[:, -1]
            if temperature == 0:
                t = greedy(z)
            else:
                z = apply_temperature(z, temperature)
                z = z if top_k is None else top_k_filter(z, top_k)
                z = z if top_p is None else top_p_filter(z, top_p)
                t = sample(z, generator)
            if stop_token is not None:
                t = torch.where(over, stop_token, t)
                over = over | (t == stop_token)
            tokens = torch.hstack([tokens, t[:, None]])
    return tokens


def continue_texts(
    model: nn.Module,
    prompts: Sequence[Sequence[int]],
    max_new_tokens: int,
    *,
    pad_id: int,
    stop_token: int | None = None,
) -> list[list[int]]:
    c, size = model.config, [len(p) for p in prompts]
    if 0 in size:
        raise ValueError(f"prompt {size.index(0)} has no tokens")
    if not size:
        return []
    n = max(size)
    if n + max_new_tokens > c.context_length:
        raise ValueError(f"{n + max_new_tokens} tokens, context_length is {c.context_length}")
    device = model.token_embedding.weight.device
    first = torch.tensor([n - s for s in size], device=device)[:, None]  # where a text begins
    text = [[pad_id] * (n - len(p)) + list(p) for p in prompts]
    x = torch.tensor(text, dtype=torch.long, device=device)
    cache = LlamaCache(c.n_layers)
    over = torch.zeros(len(x), dtype=torch.bool, device=device)
    with asked(model):
        for _ in range(max_new_tokens):
            t = torch.arange(x.shape[1], device=device)
            new = t[cache.length :]
            place = (new - first).clamp(min=0)  # batch, new
            turns = rotary_angles(place.flatten(), c.d_model // c.n_heads, c.rope_base)
            cos, sin = (a.unflatten(0, place.shape)[:, None] for a in turns)
            mask = (first[..., None] <= t) & (t <= new[:, None])  # batch, new, key
            z = scores(model, x[:, cache.length :], cos, sin, mask, cache)[:, -1]
            y = greedy(z)
            if stop_token is not None:
                y = torch.where(over, stop_token, y)
                over |= y == stop_token
            x = torch.hstack([x, y[:, None]])
    return [until(row, stop_token) for row in x[:, n:].tolist()]


def until(row: list[int], stop_token: int | None) -> list[int]:
    return row[: row.index(stop_token) + 1] if stop_token in row else row


def dequantize(blocks: UInt8[Tensor, "blocks bytes"], kind: str) -> Float[Tensor, "blocks 32"]:
    if kind not in ("Q4_1", "Q8_0"):
        raise ValueError(f"no such kind: {kind}")
    b, n = blocks.to(torch.int32), blocks.shape[1]
    if n != (34 if kind == "Q8_0" else 20):
        raise ValueError(f"{n} bytes are no block of {kind}")
    if kind == "Q8_0":
        q = (b[:, 2:] + 128) % 256 - 128  # the upper half of the bytes is negative
        return einsum("b,bi->bi", half(b[:, :2]), q.float())
    d, m, q = half(b[:, 0:2]), half(b[:, 2:4]), b[:, 4:]
    q = torch.stack([q % 16, q // 16], dim=1).flatten(1)  # low, then high
    return einsum("b,bi->bi", d, q.float()) + m[:, None]


def half(b: Int[Tensor, "blocks 2"]) -> Float[Tensor, " blocks"]:
    """Two bytes are a float16, the lower one first."""
    bits = b[:, 0] | b[:, 1] << 8
    return bits.to(torch.int16).view(torch.float16).to(torch.float32)


FIRST = ("system", "You are a helpful AI assistant named SmolLM, trained by Hugging Face")


def chat_tokens(tokenizer: Tokenizer, messages: Sequence[tuple[str, str]]) -> list[int]:
    plain = Tokenizer(tokenizer.vocab, tokenizer.merges, (), tokenizer.pattern)
    start, end = map(tokenizer.encode, ("<|im_start|>", "<|im_end|>"))
    said = list(messages)
    if said and said[0][0] != "system":
        said.insert(0, FIRST)
    turns = [start + plain.encode("\n".join(m)) + end + plain.encode("\n") for m in said]
    return [*chain(*turns), *start, *plain.encode("assistant\n")]
