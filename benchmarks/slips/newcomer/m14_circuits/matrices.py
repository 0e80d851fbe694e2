"""Circuits: matrices from tokens to tokens that no text is needed for.

Uses toy.py.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from milestones.m14_circuits.toy import AttentionOnly


@torch.no_grad()
def ov_circuit(model: AttentionOnly, layer: int, head: int) -> Float[Tensor, "source vocab"]:
    r"""What a head does to the logits where it attends to a token, for every source token.

    $E\, W_V W_O\, U$ with the token embedding $E$ and the unembedding $U$

    Source: Elhage et al. 2021, section "Splitting Attention Head Terms into Circuits".
    """
    reads = model.token_embedding @ model.w_v[layer, head]  # (vocab, d_head)
    writes = model.w_o[layer, head] @ model.unembedding  # (d_head, vocab)
    return reads @ writes


@torch.no_grad()
def qk_circuit(model: AttentionOnly, layer: int, head: int) -> Float[Tensor, "destination source"]:
    r"""How much a destination token wants to attend to a source token, from the tokens alone.

    $E\, W_Q W_K^\top E^\top / \sqrt{d_\mathrm{head}}$ with the token embedding $E$

    Source: Elhage et al. 2021, section "Splitting Attention Head Terms into Circuits".
    """
    return scores(model, layer, head, model.token_embedding, model.token_embedding)


@torch.no_grad()
def position_circuit(model: AttentionOnly, layer: int, head: int) -> Float[Tensor, "query key"]:
    r"""How much one place wants to attend to another, from the places alone, unmasked.

    $P\, W_Q W_K^\top P^\top / \sqrt{d_\mathrm{head}}$ with the position embedding $P$

    Source: as qk_circuit, with the position embedding.
    """
    places = model.position_embedding
    return scores(model, layer, head, places, places)


@torch.no_grad()
def composed_qk_circuit(
    model: AttentionOnly, layer: int, head: int, through: int
) -> Float[Tensor, "destination before"]:
    r"""How much a destination token wants to attend to a place, by the token *before* that place.

    $E\, W_Q\, (E\, W_V^t W_O^t\, W_K)^\top / \sqrt{d_\mathrm{head}}$: head `through` of the layer
    before, $t$, has written at the source what it read at the place before

    Raises ValueError for layer 0, which no layer is before.

    Source: Elhage et al. 2021, section "Three Kinds of Composition".
    """
    if layer == 0:
        raise ValueError("layer 0 has no layer before it")
    embedding = model.token_embedding
    noted = embedding @ model.w_v[layer - 1, through] @ model.w_o[layer - 1, through]
    return scores(model, layer, head, embedding, noted)


def scores(
    model: AttentionOnly,
    layer: int,
    head: int,
    destinations: Float[Tensor, "m d_model"],
    sources: Float[Tensor, "n d_model"],
) -> Float[Tensor, "m n"]:
    """A head's scores of vectors for vectors. A helper for three; you may leave it out."""
    queries = destinations @ model.w_q[layer, head]
    keys = sources @ model.w_k[layer, head]
    return queries @ keys.T / math.sqrt(queries.shape[-1])


def copying_score(left: Float[Tensor, "n d"], right: Float[Tensor, "d n"]) -> float:
    r"""How far left @ right gives back what it gets: 1 for a copy, -1 for the opposite.

    $\sum_i \mathrm{Re}\, \lambda_i / \sum_i |\lambda_i|$ over its eigenvalues; 0 where all are 0

    The eigenvalues of left @ right, n of them, are those of right @ left, d of them, and zeros.
    The product of n by n is never made: n may be a vocabulary.

    Example: left and right the identity give 1; a quarter turn, whose eigenvalues are ±i, gives 0.

    Source: Elhage et al. 2021, section "Summarizing OV/QK Matrices".
    """
    eigenvalues = torch.linalg.eigvals(right @ left)  # (d,), complex
    size = eigenvalues.abs().sum()
    if size == 0:
        return 0.0
    return (eigenvalues.real.sum() / size).item()


def composition_score(writer: Float[Tensor, "d d"], reader: Float[Tensor, "d d"]) -> float:
    r"""How much of what a head writes a later head reads.

    $\frac{\lVert \mathrm{writer}\; \mathrm{reader} \rVert}{\lVert \mathrm{writer} \rVert\,
    \lVert \mathrm{reader} \rVert}$ with Frobenius norms; 0 where one of the two is 0

    writer: $W_V W_O$ of the earlier head. reader, of the later one: $W_Q W_K^\top$ for
    Q-composition, its transpose for K-composition, $W_V W_O$ for V-composition.

    Source: Elhage et al. 2021, section "Three Kinds of Composition".
    """
    sizes = torch.linalg.norm(writer) * torch.linalg.norm(reader)
    if sizes == 0:
        return 0.0
    return (torch.linalg.norm(writer @ reader) / sizes).item()
