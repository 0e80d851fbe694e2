"""Exercise 3: one destination after the other, and one source after the other."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from milestones.m14_circuits.toy import AttentionOnly


@torch.no_grad()
def qk_circuit(model: AttentionOnly, layer: int, head: int) -> Float[Tensor, "destination source"]:
    embedding = model.token_embedding
    size = len(embedding)
    scores = embedding.new_zeros(size, size)
    queries = torch.matmul(embedding, model.w_q[layer, head])
    keys = torch.matmul(embedding, model.w_k[layer, head])
    scale = math.sqrt(queries.shape[1])
    for i in range(size):
        for j in range(size):
            scores[i, j] = torch.dot(queries[i], keys[j]) / scale
    return scores
