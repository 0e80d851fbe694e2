import torch
from jaxtyping import Float
from torch import Tensor


def split_heads(
    x: Float[Tensor, "... seq d_model"], n_heads: int
) -> Float[Tensor, "... heads seq d_head"]:
    seq, d_model = x.shape[-2:]
    if d_model % n_heads != 0:
        raise ValueError(f"cannot cut d_model {d_model} into n_heads {n_heads}")
    d_head = d_model // n_heads
    out = x.new_zeros(*x.shape[:-2], n_heads, seq, d_head)
    for h in range(n_heads):
        out[..., h, :, :] = x[..., h * d_head : (h + 1) * d_head]
    return out


def merge_heads(x: Float[Tensor, "... heads seq d_head"]) -> Float[Tensor, "... seq d_model"]:
    heads, seq, width = x.shape[-3:]
    merged = torch.zeros(*x.shape[:-3], seq, heads * width, dtype=x.dtype, device=x.device)
    for h in range(heads):
        start = h * width
        merged[..., start : start + width] = x[..., h, :, :]
    return merged
