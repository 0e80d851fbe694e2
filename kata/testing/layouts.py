"""The same numbers in other orders of memory: what a transpose and a slice leave."""

import torch
from torch import Tensor

LAYOUTS = ("transposed", "sliced")


def laid_out(x: Tensor, layout: str) -> Tensor:
    """x in a layout in which no `view` of it can count on the usual order.

    transposed: x, its first axis stored last; sliced: x, as the first half of rows twice as long.
    """
    match layout:
        case "transposed":
            return x.movedim(0, -1).contiguous().movedim(-1, 0)
        case "sliced":
            return torch.cat([x, torch.zeros_like(x)], -1)[..., : x.size(-1)]
    raise ValueError(f"{layout!r} is none of {', '.join(LAYOUTS)}")
