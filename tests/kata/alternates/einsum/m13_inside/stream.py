"""The stream as a mathematician writes it: one line an equation."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, einsum, nn

from milestones.m05_gpt import GPT
from milestones.m13_inside.hooks import listened, run_with_cache


def weights(f: nn.Module, x: Tensor) -> Tensor:
    q, k = (p(x).unflatten(2, (f.n_heads, -1)) for p in (f.q_proj, f.k_proj))
    s = einsum("bqhd,bkhd->bhqk", q, k) * q.shape[3] ** -0.5
    i = torch.arange(x.shape[1], device=x.device)
    return s.masked_fill(i > i[:, None], -torch.inf).softmax(3)


@torch.no_grad()
def attention_patterns(
    model: GPT, tokens: Int[Tensor, "batch seq"]
) -> Float[Tensor, "layers batch heads query key"]:
    y = run_with_cache(model, tokens)[1]
    x = [y[f"blocks.{n}.attention_norm"] for n in range(len(model.blocks))]
    return torch.stack([weights(f.attention, z) for f, z in zip(model.blocks, x, strict=True)])


@torch.no_grad()
def residual_stream(
    model: nn.Module, tokens: Int[Tensor, "batch seq"]
) -> Float[Tensor, "streams batch seq d_model"]:
    x = []

    def note(_: nn.Module, args: tuple) -> None:
        x.append(1 * args[0])

    listened(model, tokens, before=[(m, note) for m in [*model.blocks, model.final_norm]])
    return torch.stack(x)


@torch.no_grad()
def logit_lens(
    model: nn.Module, tokens: Int[Tensor, "batch seq"]
) -> Float[Tensor, "streams batch seq vocab"]:
    x = residual_stream(model, tokens)
    return einsum("lbsd,vd->lbsv", model.final_norm(x), model.token_embedding.weight)


@torch.no_grad()
def head_outputs(
    model: GPT, tokens: Int[Tensor, "batch seq"], layer: int
) -> Float[Tensor, "batch heads seq d_model"]:
    x = run_with_cache(model, tokens)[1][f"blocks.{layer}.attention_norm"]
    f = model.blocks[layer].attention
    v = f.v_proj(x).unflatten(2, (f.n_heads, -1))
    w = f.o_proj.weight.unflatten(1, (f.n_heads, -1))
    return einsum("bhqk,bkhc,dhc->bhqd", weights(f, x), v, w)


@torch.no_grad()
def decompose(
    model: GPT, tokens: Int[Tensor, "batch seq"], heads: bool = False
) -> tuple[list[str], Float[Tensor, "part batch seq d_model"]]:
    y = run_with_cache(model, tokens)[1]
    x = residual_stream(model, tokens)[0]
    parts = [("embedding", x)]
    for n, f in enumerate(model.blocks):
        whole = [(f"{n}.attention", y[f"blocks.{n}.attention"])]
        if heads:
            z = head_outputs(model, tokens, n)
            whole = [(f"{n}.attention.{h}", z[:, h]) for h in range(z.shape[1])]
            whole += [(f"{n}.attention.bias", 0 * x + f.attention.o_proj.bias)]
        parts += [*whole, (f"{n}.mlp", y[f"blocks.{n}.mlp"])]
    return [name for name, _ in parts], torch.stack([part for _, part in parts])


@torch.no_grad()
def attribute_logits(
    model: GPT,
    tokens: Int[Tensor, "batch seq"],
    direction: Float[Tensor, "... d_model"],
    heads: bool = False,
) -> tuple[list[str], Float[Tensor, "part batch seq"]]:
    names, p = decompose(model, tokens, heads)
    p = p - p.mean(3, keepdim=True)
    σ = (p.sum(0).square().mean(2) + 1e-5) ** 0.5  # (batch, seq)
    γ, d = model.final_norm.weight, direction.expand(len(tokens), -1)
    return names, einsum("pbsd,bs,d,bd->pbs", p, 1 / σ, γ, d)
