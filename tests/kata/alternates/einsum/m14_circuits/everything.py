"""Milestone 14 as a mathematician writes it: circuits are products, places stand on a circle."""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, einsum

from milestones.m14_circuits.toy import AttentionOnly


def repeated_tokens(
    batch: int, seq: int, vocab: int, generator: torch.Generator
) -> Int[Tensor, "batch seq"]:
    if vocab < 16:
        raise ValueError(f"{vocab} tokens do not fill a segment of 16")
    n = torch.randint(8, 17, (batch, 1), generator=generator)
    order = torch.rand(batch, vocab, generator=generator).argsort(1)
    return order.gather(1, torch.arange(seq) % n)


@torch.no_grad()
def ov_circuit(model: AttentionOnly, layer: int, head: int) -> Float[Tensor, "source vocab"]:
    v, o = model.w_v[layer, head], model.w_o[layer, head]
    return einsum("sd,dh,he,et->st", model.token_embedding, v, o, model.unembedding)


@torch.no_grad()
def qk_circuit(model: AttentionOnly, layer: int, head: int) -> Float[Tensor, "destination source"]:
    t, q, k = model.token_embedding, model.w_q[layer, head], model.w_k[layer, head]
    return einsum("id,dh,eh,je->ij", t, q, k, t) / q.shape[-1] ** 0.5


@torch.no_grad()
def position_circuit(model: AttentionOnly, layer: int, head: int) -> Float[Tensor, "query key"]:
    p, q, k = model.position_embedding, model.w_q[layer, head], model.w_k[layer, head]
    return einsum("id,dh,eh,je->ij", p, q, k, p) * k.shape[-1] ** -0.5


@torch.no_grad()
def composed_qk_circuit(
    model: AttentionOnly, layer: int, head: int, through: int
) -> Float[Tensor, "destination before"]:
    if not layer:
        raise ValueError("nothing is before layer 0")
    t, q, k = model.token_embedding, model.w_q[layer, head], model.w_k[layer, head]
    b = layer - 1
    noted = einsum("jd,dg,ge->je", t, model.w_v[b, through], model.w_o[b, through])
    return einsum("id,dh,eh,je->ij", t, q, k, noted) / math.sqrt(q.shape[-1])


def copying_score(left: Float[Tensor, "n d"], right: Float[Tensor, "d n"]) -> float:
    m = einsum("dn,ne->de", right, left)
    size = torch.linalg.eig(m).eigenvalues.abs().sum()
    if size == 0:
        return 0.0
    return float(einsum("dd->", m) / size)  # the trace is the sum of the eigenvalues


def composition_score(writer: Float[Tensor, "d d"], reader: Float[Tensor, "d d"]) -> float:
    both = einsum("ij,jk->ik", writer, reader)
    squares = [einsum("ij,ij->", m, m) for m in (both, writer, reader)]
    if min(squares[1:]) == 0:
        return 0.0
    return float((squares[0] / squares[1] / squares[2]).sqrt())


def previous_token_score(pattern: Float[Tensor, "seq seq"]) -> float:
    n = len(pattern) - 1
    if n < 1:
        return 0.0
    return float(einsum("ii->", pattern[1:, :-1]) / n)


def induction_score(pattern: Float[Tensor, "seq seq"], period: int) -> float:
    n = len(pattern) - period
    if n < 1:
        return 0.0
    return float(einsum("ii->", pattern[period:, 1 : n + 1]) / n)


def in_context_score(losses: Float[Tensor, "batch seq"], early: int, late: int) -> float:
    fallen = losses[:, late] - losses[:, early]
    return float(fallen.mean())


@torch.no_grad()
def path_logits(
    model: AttentionOnly, tokens: Int[Tensor, "batch seq"]
) -> tuple[Float[Tensor, "batch seq vocab"], Float[Tensor, "heads batch seq vocab"]]:
    n = model.w_q.shape[0]
    if n > 1:
        raise ValueError(f"only one layer has simple paths, not {n}")
    x = model.token_embedding[tokens]
    (a,), (v,), (o,) = model.patterns(tokens), model.w_v, model.w_o
    moved = einsum("bhqk,bkd->hbqd", a, x)
    heads = einsum("hbqd,hdc,hce,et->hbqt", moved, v, o, model.unembedding)
    return einsum("bqd,dt->bqt", x, model.unembedding), heads


@torch.no_grad()
def term_losses(
    model: AttentionOnly, tokens: Int[Tensor, "batch seq"]
) -> Float[Tensor, "terms batch seq-1"]:
    n = len(model.w_q)
    x = model.token_embedding[tokens]
    c = x.new_zeros(n + 1, *x.shape)  # a polynomial: each head on the way is a factor z
    c[0] = x
    for a, v, o in zip(model.patterns(tokens), model.w_v, model.w_o, strict=True):
        moved = einsum("bhqk,nbkd,hdc,hce->nbqe", a, c[:-1], v, o)
        c = torch.cat([c[:1], c[1:] + moved])
    z = einsum("mn,nbqd,dt->mbqt", x.new_ones(n + 1, n + 1).tril(), c, model.unembedding)
    right = z[:, :, :-1].gather(-1, tokens[None, :, 1:, None].repeat(n + 1, 1, 1, 1))
    return z[:, :, :-1].logsumexp(-1) - right[..., 0]


@torch.no_grad()
def write_induction_heads(vocab_size: int, context_length: int) -> AttentionOnly:
    """A place is a point on a circle, which a turn takes to the point before it."""
    n, points = vocab_size, context_length + 1
    own, before, x, y, first = slice(n), slice(n, 2 * n), 2 * n, 2 * n + 1, 2 * n + 2
    width = 2 * n + 3
    model = AttentionOnly(n, context_length, width, 2, 1)
    for parameter in model.parameters():
        parameter.fill_(0.0)
    one = torch.eye(n)
    angle = 2 * math.pi / points * torch.arange(context_length, dtype=torch.float64)
    turn = -2 * math.pi / points
    model.position_embedding[:, x], model.position_embedding[:, y] = angle.cos(), angle.sin()
    model.position_embedding[0, first] = 1
    model.token_embedding[:, own] = one
    model.unembedding[own] = one
    # Neighbours on the circle differ little: 1 - cos(turn).
    sharp = 30 * width**0.5
    strong = sharp / (1 - math.cos(2 * math.pi / points))
    rotation = torch.tensor([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    model.w_q[0, 0, x : y + 1, x : y + 1] = strong * rotation
    model.w_k[0, 0, x, x] = model.w_k[0, 0, y, y] = 1
    model.w_v[0, 0, own, own] = one
    model.w_o[0, 0, own, before] = one
    model.w_q[1, 0, own, own] = sharp * one
    model.w_k[1, 0, before, own] = one
    model.w_k[1, 0, first, own] = -2
    model.w_v[1, 0, own, own] = one
    model.w_o[1, 0, own, own] = 2 * one
    return model
