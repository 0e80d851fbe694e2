"""Let a stack of the blocks you built judge film reviews, beside everything before it.

    nox -s run -- m04                           about two minutes on two cores
    nox -s run -- m04 --data reviews            33,000 real reviews, fetched once

The last two models have no new parts; they only must not look ahead.
"""

import sys
from collections.abc import Callable

from jaxtyping import Bool, Float
from torch import Tensor, nn

from kata.runs import ladder, running
from milestones.m02_self_attention import causal_mask
from milestones.m03_multi_head_attention import MultiHeadAttention
from milestones.m03_multi_head_attention.__main__ import (
    D_MODEL,
    N_HEADS,
    RUNGS,
    STEPS,
    classifier,
    compare,
)
from milestones.m04_transformer_block import TransformerBlock

N_BLOCKS = 2


class Stack(nn.Module):
    """Blocks one upon another: each refines what the one below wrote."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(TransformerBlock(D_MODEL, N_HEADS) for _ in range(N_BLOCKS))

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "batch query seq"]
    ) -> Float[Tensor, "batch seq d_model"]:
        for block in self.blocks:
            x = block(x, mask)
        return x


class Causal(nn.Module):
    """The mixer inside, but no word sees what comes after it."""

    def __init__(self, mixer: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__()
        self.mixer = mixer

    def forward(
        self, x: Float[Tensor, "batch seq d_model"], mask: Bool[Tensor, "batch 1 seq"]
    ) -> Float[Tensor, "batch seq d_model"]:
        return self.mixer(x, mask & causal_mask(x.size(1)).to(x.device))


ALL_RUNGS: dict[str, ladder.Build] = RUNGS | {
    "two blocks": lambda vocab_size: classifier(vocab_size, Stack()),
    "four heads, causal": lambda vocab_size: classifier(
        vocab_size, Causal(MultiHeadAttention(D_MODEL, N_HEADS))
    ),
    "two blocks, causal": lambda vocab_size: classifier(vocab_size, Causal(Stack())),
}


def main() -> None:
    parser = ladder.parser("m04", "Compare all that you built, up to a stack of blocks.", STEPS)
    options = parser.parse_args()
    compare("m04", ALL_RUNGS, options.data, options.seed, options.steps)


if __name__ == "__main__":
    sys.exit(running.exit_code(main, "m04"))
