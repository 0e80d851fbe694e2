import math

import torch
from jaxtyping import Float, Int
from torch import Tensor


def relu(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    out = torch.zeros_like(x)
    positive = x > 0
    out[positive] = x[positive]
    return out


def gelu(x: Float[Tensor, "..."]) -> Float[Tensor, "..."]:
    scale = math.sqrt(2.0 / math.pi)
    cube = x * x * x
    inner = scale * (x + 0.044715 * cube)
    gate = 1.0 + torch.tanh(inner)
    return 0.5 * x * gate


def softmax(x: Float[Tensor, "..."], dim: int = -1) -> Float[Tensor, "..."]:
    top = x.detach().amax(dim=dim, keepdim=True)
    powers = torch.exp(x - top)
    total = powers.sum(dim=dim, keepdim=True)
    return torch.div(powers, total)


def cross_entropy(
    logits: Float[Tensor, "... vocab"], targets: Int[Tensor, "..."]
) -> Float[Tensor, ""]:
    vocab = logits.shape[-1]
    rows = logits.reshape(-1, vocab)
    ids = targets.reshape(-1).long()
    n = ids.shape[0]
    biggest = rows.max(dim=1, keepdim=True)[0]
    shifted = rows - biggest
    log_z = torch.log(torch.exp(shifted).sum(dim=1))
    picked = shifted[torch.arange(n, device=rows.device), ids]
    losses = log_z - picked
    return losses.sum() / n
