"""Watch the data flow through a model: each module that ran, and the shape it gave.

Nothing earlier is needed.
"""

from functools import partial

import torch
from jaxtyping import Int
from torch import Tensor, nn


@torch.no_grad()
def trace_shapes(
    model: nn.Module, tokens: Int[Tensor, "batch seq"]
) -> list[tuple[str, tuple[int, ...]]]:
    """Run the model once; list the name and output shape of every named module that ran.

    In order of completion, so a block comes after its parts. The model itself is left out; a
    module that ran twice is listed twice. No hook stays behind, not even after an error.

    Example: an nn.Sequential of an Embedding(7, 4) and a Linear(4, 3), given (2, 5) tokens, has
    [("0", (2, 5, 4)), ("1", (2, 5, 3))].
    """
    raise NotImplementedError
