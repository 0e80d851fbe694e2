"""The oracle's GPT in smaller sizes: in some styles it takes a step for each query and key."""

from torch import Tensor, nn

from tests.m13_inside import oracle

LAYERS, BATCH, HEADS, SEQ, D_HEAD = 2, 3, 4, 5, 6
D_MODEL = HEADS * D_HEAD


def gpt(
    n_layers: int = LAYERS, n_heads: int = HEADS, d_head: int = D_HEAD, **more
) -> tuple[nn.Module, dict[str, Tensor]]:
    return oracle.gpt(n_layers, n_heads, d_head, **more)


def some_tokens(seed: int = 0, batch: int = BATCH, seq: int = SEQ) -> Tensor:
    return oracle.some_tokens(seed, batch, seq)


def run(tokens: Tensor, state: dict[str, Tensor], n_heads: int = HEADS, **more) -> oracle.Run:
    return oracle.run(tokens, state, n_heads, **more)
