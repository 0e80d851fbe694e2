"""Milestone 6 as a mathematician writes it: masks, one-hots and Gumbel noise, one page in all."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, einsum, nn

INF = float("inf")


def greedy(logits: Float[Tensor, "batch vocab"]) -> Int[Tensor, " batch"]:
    return torch.max(logits, dim=1).indices


def apply_temperature(
    logits: Float[Tensor, "batch vocab"], temperature: float | int
) -> Float[Tensor, "batch vocab"]:
    if not temperature > 0:
        raise ValueError(f"a temperature is positive, {temperature} is not")
    beta = 1 / temperature
    return beta * logits


def top_k_filter(logits: Float[Tensor, "batch vocab"], k: int) -> Float[Tensor, "batch vocab"]:
    rank = logits.argsort(dim=1, descending=True).argsort(dim=1)
    return torch.where(rank < k, logits, -INF)


def top_p_filter(
    logits: Float[Tensor, "batch vocab"], p: float | int
) -> Float[Tensor, "batch vocab"]:
    order = logits.argsort(dim=1, descending=True)
    rank = order.argsort(dim=1)
    sums = logits.softmax(1).gather(1, order).cumsum(1)
    before = nn.functional.pad(sums[:, :-1], (1, 0))
    keep = before.gather(1, rank) < p
    return torch.where(keep | (rank == 0) | (p >= 1), logits, -INF)


def frequency_penalty(
    logits: Float[Tensor, "batch vocab"], tokens: Int[Tensor, "batch seq"], penalty: float | int
) -> Float[Tensor, "batch vocab"]:
    n = (
        (tokens[:, :, None] == torch.arange(logits.shape[1], device=tokens.device))
        .sum(1)
        .to(logits.dtype)
    )
    return logits - penalty * n


def sample(
    logits: Float[Tensor, "batch vocab"], generator: torch.Generator | None = None
) -> Int[Tensor, " batch"]:
    where = {"dtype": torch.float64, "device": logits.device}
    u = torch.rand(logits.shape, generator=generator, **where)
    gumbel = -torch.log(-torch.log(u))
    return (logits + gumbel).argmax(1)


def choose(logits, temperature, top_k, top_p, generator):
    if temperature == 0:
        return greedy(logits)
    z = apply_temperature(logits, temperature)
    z = z if top_k is None else top_k_filter(z, top_k)
    z = z if top_p is None else top_p_filter(z, top_p)
    return sample(z, generator)


def generate(
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
    start, n = tokens.shape[1], model.config.context_length
    was = {m: m.training for m in model.modules()}
    model.eval()
    try:
        for _ in range(max_new_tokens):
            with torch.no_grad():
                z = model(tokens[:, -n:])[:, -1]
            t = choose(z, temperature, top_k, top_p, generator)
            if stop_token is not None:
                over = (tokens[:, start:] == stop_token).any(1)
                t = torch.where(over, stop_token, t)
            tokens = torch.hstack([tokens, t[:, None]])
    finally:
        for m in was:
            m.training = was[m]
    return tokens


class KVCache:
    def __init__(self, n_layers):
        self.kv = [None] * n_layers
        self.length = 0


def forward_with_cache(
    model: nn.Module, tokens: Int[Tensor, "batch new"], cache: KVCache
) -> Float[Tensor, "batch new vocab"]:
    t, n, c = cache.length, tokens.shape[1], model.config.context_length
    if t + n > c:
        raise ValueError(f"context_length is {c}, and {t + n} tokens are too many")
    i = torch.arange(t, t + n, device=tokens.device)
    mask = i[:, None] >= torch.arange(t + n, device=tokens.device)
    x = model.dropout(model.token_embedding(tokens) + model.position_embedding(i))
    for layer, block in enumerate(model.blocks):
        a, y = block.attention, block.attention_norm(x)
        q, k, v = (f(y).unflatten(2, (a.n_heads, -1)) for f in (a.q_proj, a.k_proj, a.v_proj))
        if cache.kv[layer] is not None:
            k = torch.cat([cache.kv[layer][0], k], dim=1)
            v = torch.cat([cache.kv[layer][1], v], dim=1)
        cache.kv[layer] = (k, v)
        s = einsum("bqhd,bkhd->bhqk", q, k) / q.shape[-1] ** 0.5
        w = torch.where(mask, s, -INF).softmax(-1)
        o = einsum("bhqk,bkhd->bqhd", w, v).flatten(2)
        x = x + block.dropout(a.o_proj(o))
        x = x + block.dropout(block.mlp(block.mlp_norm(x)))
    cache.length = t + n
    return einsum("bsd,vd->bsv", model.final_norm(x), model.token_embedding.weight)


class Remembering(nn.Module):
    """The model, asked for whole windows, reads only what it has not read yet."""

    def __init__(self, model):
        super().__init__()
        self.model, self.config = model, model.config
        self.cache = KVCache(len(model.blocks))

    def forward(self, tokens):
        if tokens.shape[1] == self.cache.length:
            self.cache = KVCache(len(self.model.blocks))
        return forward_with_cache(self.model, tokens[:, self.cache.length :], self.cache)


def generate_cached(
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
    return generate(
        Remembering(model),
        tokens,
        max_new_tokens,
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        stop_token=stop_token,
        generator=generator,
    )


def beam_search(
    model: nn.Module,
    tokens: Int[Tensor, " seq"],
    max_new_tokens: int,
    beam_width: int,
    length_penalty: float | int = 0.0,
    stop_token: int | None = None,
) -> tuple[Int[Tensor, "beams longer"], Float[Tensor, " beams"]]:
    start, n = len(tokens), model.config.context_length
    x, lp = tokens[None], torch.zeros(1, device=tokens.device)
    was = {m: m.training for m in model.modules()}
    model.eval()
    try:
        for _ in range(max_new_tokens):
            with torch.no_grad():
                step = model(x[:, -n:])[:, -1].log_softmax(1)
            vocab = step.shape[1]
            ends = x[:, start:] == (-1 if stop_token is None else stop_token)
            over = ends.any(1)
            size = (~ends).sum(1) + 1  # the new tokens after this step
            if stop_token is not None:
                alone = torch.where(torch.arange(vocab, device=x.device) == stop_token, 0.0, -INF)
                step = torch.where(over[:, None], alone, step)
            total = lp[:, None] + step
            ranked = (total / size[:, None] ** length_penalty).reshape(-1)
            best = ranked.argsort(descending=True, stable=True)[:beam_width]
            best = best[ranked[best] > -INF]
            x = torch.hstack([x[best // vocab], best[:, None] % vocab])
            lp = total.reshape(-1)[best]
    finally:
        for m in was:
            m.training = was[m]
    return x, lp
