import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor


def causal_mask(seq: int) -> Bool[Tensor, "seq seq"]:
    grid = torch.zeros(seq, seq, dtype=torch.bool)
    for i in range(seq):
        grid[i, : i + 1] = True
    return grid


def padding_mask(tokens: Int[Tensor, "batch seq"], pad_id: int) -> Bool[Tensor, "batch seq"]:
    batch, seq = tokens.shape
    real = torch.zeros(batch, seq, dtype=torch.bool, device=tokens.device)
    for b in range(batch):
        real[b] = tokens[b] != pad_id
    return real


def masked_softmax(scores: Float[Tensor, "..."], mask: Bool[Tensor, "..."]) -> Float[Tensor, "..."]:
    allowed = mask.expand(scores.shape)
    hidden = torch.full_like(scores, float("-inf"))
    kept = torch.where(allowed, scores, hidden)
    top = kept.detach().amax(dim=-1, keepdim=True)
    top = torch.where(torch.isinf(top), torch.zeros_like(top), top)
    powers = torch.exp(kept - top)
    total = powers.sum(dim=-1, keepdim=True)
    total = torch.where(total == 0, torch.ones_like(total), total)
    return powers / total
