"""Exercise 4: one query after the other, and one key after the other."""

import math

import torch
from jaxtyping import Float
from torch import Tensor

from milestones.m14_circuits.toy import AttentionOnly


@torch.no_grad()
def position_circuit(model: AttentionOnly, layer: int, head: int) -> Float[Tensor, "query key"]:
    embedding = model.position_embedding
    size = len(embedding)
    scores = embedding.new_zeros(size, size)
    queries = torch.matmul(embedding, model.w_q[layer, head])
    keys = torch.matmul(embedding, model.w_k[layer, head])
    root = math.sqrt(keys.shape[1])
    for i in range(size):
        for j in range(size):
            scores[i, j] = torch.dot(queries[i], keys[j]) / root
    return scores
