"""Exercises 3 to 8: one head, one place and one part after the other."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m05_gpt import GPT
from milestones.m13_inside.hooks import Visit, run_with_cache


def weights_of(attention: nn.Module, x: Tensor, head: int) -> Tensor:
    """The weights of one head, (batch, query, key)."""
    batch, seq, d_model = x.shape
    d_head = d_model // attention.n_heads
    start = head * d_head
    stop = start + d_head
    queries = attention.q_proj(x)[:, :, start:stop]
    keys = attention.k_proj(x)[:, :, start:stop]
    weights = torch.zeros(batch, seq, seq, dtype=x.dtype, device=x.device)
    for i in range(seq):
        seen = keys[:, : i + 1]
        scores = torch.matmul(seen, queries[:, i].unsqueeze(-1)).squeeze(-1)
        scores = scores / math.sqrt(d_head)
        weights[:, i, : i + 1] = torch.softmax(scores, dim=-1)
    return weights


@torch.no_grad()
def attention_patterns(
    model: GPT, tokens: Int[Tensor, "batch seq"]
) -> Float[Tensor, "layers batch heads query key"]:
    _, cache = run_with_cache(model, tokens)
    layers = []
    for layer in range(len(model.blocks)):
        attention = model.blocks[layer].attention
        normed = cache[f"blocks.{layer}.attention_norm"]
        heads = []
        for head in range(attention.n_heads):
            heads.append(weights_of(attention, normed, head))
        layers.append(torch.stack(heads, dim=1))
    return torch.stack(layers, dim=0)


class Streams:
    """Keeps the input of the first block, and the output of every one."""

    def __init__(self, first: nn.Module) -> None:
        self.first = first
        self.streams = []

    def before(self, block: nn.Module, inputs: tuple) -> None:
        self.streams.append(inputs[0].detach().clone())

    def after(self, block: nn.Module, inputs: tuple, output: Tensor) -> None:
        self.streams.append(output.detach().clone())


@torch.no_grad()
def residual_stream(
    model: nn.Module, tokens: Int[Tensor, "batch seq"]
) -> Float[Tensor, "streams batch seq d_model"]:
    keeper = Streams(model.blocks[0])
    with Visit(model) as visit:
        visit.handles.append(keeper.first.register_forward_pre_hook(keeper.before))
        for block in model.blocks:
            visit.listen(block, keeper.after)
        model(tokens)
    return torch.stack(keeper.streams)


@torch.no_grad()
def logit_lens(
    model: nn.Module, tokens: Int[Tensor, "batch seq"]
) -> Float[Tensor, "streams batch seq vocab"]:
    unembedding = model.token_embedding.weight.transpose(0, 1)
    said = []
    for stream in residual_stream(model, tokens):
        normed = model.final_norm(stream)
        said.append(torch.matmul(normed, unembedding))
    return torch.stack(said)


@torch.no_grad()
def head_outputs(
    model: GPT, tokens: Int[Tensor, "batch seq"], layer: int
) -> Float[Tensor, "batch heads seq d_model"]:
    _, cache = run_with_cache(model, tokens)
    attention = model.blocks[layer].attention
    normed = cache[f"blocks.{layer}.attention_norm"]
    values = attention.v_proj(normed)
    d_head = values.shape[-1] // attention.n_heads
    written = []
    for head in range(attention.n_heads):
        start = head * d_head
        stop = start + d_head
        weights = weights_of(attention, normed, head)
        mixed = torch.matmul(weights, values[:, :, start:stop])
        columns = attention.o_proj.weight[:, start:stop]
        written.append(torch.matmul(mixed, columns.transpose(0, 1)))
    return torch.stack(written, dim=1)


@torch.no_grad()
def decompose(
    model: GPT, tokens: Int[Tensor, "batch seq"], heads: bool = False
) -> tuple[list[str], Float[Tensor, "part batch seq d_model"]]:
    _, cache = run_with_cache(model, tokens)
    streams = residual_stream(model, tokens)
    names = ["embedding"]
    parts = [streams[0]]
    for layer in range(len(model.blocks)):
        if heads:
            outputs = head_outputs(model, tokens, layer)
            for head in range(outputs.shape[1]):
                names.append(f"{layer}.attention.{head}")
                parts.append(outputs[:, head])
            names.append(f"{layer}.attention.bias")
            bias = model.blocks[layer].attention.o_proj.bias
            parts.append(torch.broadcast_to(bias, parts[0].shape))
        else:
            names.append(f"{layer}.attention")
            parts.append(cache[f"blocks.{layer}.attention"])
        names.append(f"{layer}.mlp")
        parts.append(cache[f"blocks.{layer}.mlp"])
    return names, torch.stack(parts)


@torch.no_grad()
def attribute_logits(
    model: GPT,
    tokens: Int[Tensor, "batch seq"],
    direction: Float[Tensor, "... d_model"],
    heads: bool = False,
) -> tuple[list[str], Float[Tensor, "part batch seq"]]:
    names, parts = decompose(model, tokens, heads)
    whole = parts.sum(dim=0)
    away = whole - whole.mean(dim=-1, keepdim=True)
    deviation = torch.sqrt((away * away).mean(dim=-1) + 1e-5)
    shares = []
    for part in parts:
        centred = part - part.mean(dim=-1, keepdim=True)
        weighed = centred * model.final_norm.weight
        rows = []
        for row in range(len(tokens)):
            along = direction[row] if direction.dim() == 2 else direction
            rows.append(torch.matmul(weighed[row], along))
        shares.append(torch.stack(rows) / deviation)
    return names, torch.stack(shares)
