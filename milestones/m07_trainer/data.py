"""From one long text to batches: two parts, and windows drawn at random.

Nothing earlier is needed.
"""

import torch
from jaxtyping import Int
from torch import Tensor


def train_val_split(
    data: Int[Tensor, " n"], val_fraction: float
) -> tuple[Int[Tensor, " train"], Int[Tensor, " val"]]:
    r"""Cut the text in two: to learn from, and to be judged by.

    The validation part is the last $\mathrm{round}(n \cdot \mathrm{val\_fraction})$ tokens, the
    training part all before. Both keep their order.

    Example: train_val_split([5, 3, 8, 1, 4], 0.4) is ([5, 3, 8], [1, 4]).
    """
    raise NotImplementedError


def get_batch(
    data: Int[Tensor, " n"],
    batch_size: int,
    context_length: int,
    generator: torch.Generator | None = None,
) -> tuple[Int[Tensor, "batch context_length"], Int[Tensor, "batch context_length"]]:
    r"""Windows from random places of the text, and what comes next at each of their positions.

    $\mathrm{inputs}_{bi} = \mathrm{data}_{s_b + i}$, $\mathrm{targets}_{bi} = \mathrm{data}_{s_b
    + i + 1}$

    Each start $s_b$ is drawn on its own; every window that fits is equally likely, the first and
    the last included. generator: the only source of randomness; None is torch's own.
    Both are of data's dtype and on its device.

    Raises ValueError where not one window fits; the message names n and context_length.

    Example: of [5, 3, 8, 1] with context_length 2, the row [3, 8] has the targets [8, 1].
    """
    raise NotImplementedError
