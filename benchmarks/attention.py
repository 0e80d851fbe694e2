"""What writing attention oneself costs: python benchmarks/attention.py

The reference's forward and backward pass against PyTorch's fused one, in turn, so that the
machine's mood is the same for both. Target: at most 2.5 times.
"""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, nn

ROOT = Path(__file__).resolve().parent.parent
BATCH, SEQ, D_MODEL, HEADS = 8, 256, 256, 8
ROUNDS = 20


def seconds(forward: Callable[..., Tensor], inputs: list[Tensor]) -> float:
    start = time.perf_counter()
    forward(*inputs).sum().backward()
    return time.perf_counter() - start


def compare(
    name: str, ours: Callable[..., Tensor], fused: Callable[..., Tensor], inputs: list[Tensor]
) -> None:
    torch.testing.assert_close(ours(*inputs), fused(*inputs), rtol=1e-3, atol=1e-4)
    seconds(ours, inputs), seconds(fused, inputs)
    pairs = [(seconds(ours, inputs), seconds(fused, inputs)) for _ in range(ROUNDS)]
    mine, theirs = (1000 * min(side) for side in zip(*pairs, strict=True))
    print(f"{name:42} {mine:6.1f} ms {theirs:6.1f} ms   ratio {mine / theirs:.2f}")


def main() -> None:
    os.environ["KATA_TREE"] = "solutions"
    sys.path.insert(0, str(ROOT))
    from milestones.m02_self_attention import causal_mask
    from milestones.m03_multi_head_attention import MultiHeadAttention, scaled_dot_product_attention

    torch.manual_seed(0)
    heads = (BATCH, HEADS, SEQ, D_MODEL // HEADS)
    qkv = [torch.randn(heads, requires_grad=True) for _ in range(3)]
    x = torch.randn(BATCH, SEQ, D_MODEL, requires_grad=True)
    ours, fused = (
        MultiHeadAttention(D_MODEL, HEADS),
        nn.MultiheadAttention(D_MODEL, HEADS, batch_first=True),
    )
    own = ours.state_dict()
    with torch.no_grad():
        fused.in_proj_weight.copy_(torch.cat([own[f"{part}_proj.weight"] for part in "qkv"]))
        fused.in_proj_bias.copy_(torch.cat([own[f"{part}_proj.bias"] for part in "qkv"]))
        fused.out_proj.weight.copy_(own["o_proj.weight"])
        fused.out_proj.bias.copy_(own["o_proj.bias"])

    print(f"{torch.get_num_threads()} threads, minimum of {ROUNDS} rounds; ours, PyTorch's")
    for title, mask in (("", None), (", causal", causal_mask(SEQ))):
        forbidden = None if mask is None else ~mask  # nn.MultiheadAttention's masks say MAY NOT
        compare(
            f"scaled_dot_product_attention{title}",
            lambda q, k, v, mask=mask: scaled_dot_product_attention(q, k, v, mask),
            lambda q, k, v, mask=mask: nn.functional.scaled_dot_product_attention(q, k, v, mask),
            qkv,
        )
        compare(
            f"MultiHeadAttention{title}",
            lambda x, mask=mask: ours(x, mask),
            lambda x, mask=forbidden: fused(x, x, x, attn_mask=mask, need_weights=False)[0],
            [x],
        )


if __name__ == "__main__":
    main()
