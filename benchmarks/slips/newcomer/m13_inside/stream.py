"""The residual stream: what stands in it between the blocks, who wrote it, and what it would say.

Uses causal_mask and masked_softmax from milestone 2, split_heads from 3, GPT from 5, and hooks.py.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from milestones.m02_self_attention import causal_mask, masked_softmax
from milestones.m03_multi_head_attention import MultiHeadAttention, split_heads
from milestones.m05_gpt import GPT
from milestones.m13_inside.hooks import hooked, run_with_cache

EPS = 1e-5  # what milestone 4's norms add to the variance


@torch.no_grad()
def attention_patterns(
    model: GPT, tokens: Int[Tensor, "batch seq"]
) -> Float[Tensor, "layers batch heads query key"]:
    r"""Who looks at whom: the attention weights of each head of each layer.

    $\mathrm{softmax}\left(\frac{q k^\top}{\sqrt{d_\mathrm{head}}}\right)$ under the causal mask,
    with the queries and keys of the layer's normed stream

    Source: Vaswani et al. 2017, section 3.2.1; Elhage et al. 2021 for the name.
    """
    _, cache = run_with_cache(model, tokens)
    layers = []
    for number, block in enumerate(model.blocks):
        normed = cache[f"blocks.{number}.attention_norm"]  # (batch, seq, d_model)
        layers.append(pattern(block.attention, normed))
    return torch.stack(layers)


def pattern(
    attention: MultiHeadAttention, x: Float[Tensor, "batch seq d_model"]
) -> Float[Tensor, "batch heads query key"]:
    """The weights of one layer, which reads x. A helper for two; you may leave it out."""
    q = split_heads(attention.q_proj(x), attention.n_heads)  # (batch, heads, seq, d_head)
    k = split_heads(attention.k_proj(x), attention.n_heads)
    scores = q @ k.transpose(-2, -1) / math.sqrt(q.size(-1))  # (batch, heads, query, key)
    mask = causal_mask(x.size(1)).to(x.device)
    return masked_softmax(scores, mask)


@torch.no_grad()
def residual_stream(
    model: nn.Module, tokens: Int[Tensor, "batch seq"]
) -> Float[Tensor, "streams batch seq d_model"]:
    """The residual stream before the first block, and after each block.

    model: a GPT, or any model with `blocks`, each of which gets the stream first, and `final_norm`.

    Source: Elhage et al. 2021, section "High-Level Architecture".
    """
    streams: list[Tensor] = []

    def look(module: nn.Module, args: tuple) -> None:
        streams.append(args[0].clone())

    with hooked(model) as handles:
        for block in model.blocks:
            handles.append(block.register_forward_pre_hook(look))
        handles.append(model.final_norm.register_forward_pre_hook(look))
        model(tokens)
    return torch.stack(streams)


@torch.no_grad()
def logit_lens(
    model: nn.Module, tokens: Int[Tensor, "batch seq"]
) -> Float[Tensor, "streams batch seq vocab"]:
    r"""What the model would say if it stopped early: the stream, normed and unembedded.

    $\mathrm{norm}(x_\ell)\, \mathrm{token}^\top$ for the stream $x_\ell$ before the first block and
    after each; the last are the model's own logits

    model: a GPT, or any model that residual_stream takes, with the token_embedding tied.

    Source: nostalgebraist 2020, "interpreting GPT: the logit lens".
    """
    streams = residual_stream(model, tokens)
    return model.final_norm(streams) @ model.token_embedding.weight.T


@torch.no_grad()
def head_outputs(
    model: GPT, tokens: Int[Tensor, "batch seq"], layer: int
) -> Float[Tensor, "batch heads seq d_model"]:
    r"""What each head of a layer writes into the stream.

    $\mathrm{head}_h\, W_{O,h}^\top$, where $W_{O,h}$ are the columns of o_proj that meet head $h$

    The bias of o_proj belongs to no head: the sum over the heads and the bias are what the
    attention gives.

    Source: Elhage et al. 2021, section "Attention Heads are Independent and Additive".
    """
    _, cache = run_with_cache(model, tokens)
    attention = model.blocks[layer].attention
    weights = pattern(attention, cache[f"blocks.{layer}.attention_norm"])
    values = split_heads(cache[f"blocks.{layer}.attention.v_proj"], attention.n_heads)
    mixed = weights @ values  # (batch, heads, seq, d_head)
    slices = attention.o_proj.weight.chunk(attention.n_heads, dim=1)  # each (d_model, d_head)
    written = [mixed[:, head] @ part.T for head, part in enumerate(slices)]
    return torch.stack(written, dim=1)


@torch.no_grad()
def decompose(
    model: GPT, tokens: Int[Tensor, "batch seq"], heads: bool = False
) -> tuple[list[str], Float[Tensor, "part batch seq d_model"]]:
    """All that was written into the stream: parts whose sum is the stream after the last block.

    The names are "embedding" (of tokens and positions together), "0.attention", "0.mlp",
    "1.attention" and so on. heads: in place of "0.attention" there are "0.attention.0",
    "0.attention.1", …, one for each head, and "0.attention.bias", the bias of o_proj.

    Source: Elhage et al. 2021, section "Virtual Weights and the Residual Stream".
    """
    _, cache = run_with_cache(model, tokens)
    names = ["embedding"]
    parts = [residual_stream(model, tokens)[0]]
    for layer, block in enumerate(model.blocks):
        attended = cache[f"blocks.{layer}.attention"]  # (batch, seq, d_model)
        if heads:
            for head, written in enumerate(head_outputs(model, tokens, layer).unbind(dim=1)):
                names.append(f"{layer}.attention.{head}")
                parts.append(written)
            names.append(f"{layer}.attention.bias")
            parts.append(block.attention.o_proj.bias.expand_as(attended))
        else:
            names.append(f"{layer}.attention")
            parts.append(attended)
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
    r"""Each part's share of how far the last norm's output goes in a direction.

    $\frac{p - \bar p}{\sqrt{\sigma^2 + \epsilon}} \odot \mathrm{weight} \cdot \mathrm{direction}$
    for a part $p$ of decompose, with the variance $\sigma^2$ of the whole stream

    direction: one for all rows, or one a row. The difference of two tokens' embeddings gives each
    part's share of the difference of their logits. With the last norm's bias · direction the
    shares sum to its output · direction.

    Source: Elhage et al. 2021, section "Virtual Weights and the Residual Stream"; Wang et al. 2022
    for the difference of two tokens.
    """
    names, parts = decompose(model, tokens, heads)
    stream = parts.sum(dim=0)  # (batch, seq, d_model)
    variance = stream.var(dim=-1, keepdim=True, unbiased=False)
    centred = parts - parts.mean(dim=-1, keepdim=True)
    normed = centred / torch.sqrt(variance + EPS) * model.final_norm.weight
    shares = (normed * direction.unsqueeze(-2)).sum(dim=-1)  # one direction per row, all positions
    return names, shares
