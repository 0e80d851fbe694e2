"""Turn the bytes of a quantized weight back into numbers.

Nothing earlier is needed.
"""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor


def dequantize(blocks: UInt8[Tensor, "blocks bytes"], kind: str) -> Float[Tensor, "blocks 32"]:
    r"""32 numbers from each block of bytes, as a GGUF file holds them.

    "Q8_0", 34 bytes: a scale $d$ in float16, then 32 signed bytes $q$; the numbers are $d q$.

    "Q4_1", 20 bytes: a scale $d$ and a minimum $m$ in float16, then 16 bytes. Their low halves are
    the first 16 numbers $q$, from 0 to 15, and their high halves the other 16; the numbers are
    $d q + m$.

    The result is float32, and so is the arithmetic.

    Raises ValueError for another kind, and for blocks of another size; the message names the kind,
    and the size that came.

    Source: the formats of ggml, whose reader gives the blocks as rows.
    """
    sizes = {"Q8_0": 34, "Q4_1": 20}
    if kind not in sizes:
        raise ValueError(f"the kind is {kind!r}, not one of {', '.join(sizes)}")
    if blocks.size(1) != sizes[kind]:
        raise ValueError(f"a block of {kind} has {sizes[kind]} bytes, not {blocks.size(1)}")
    if kind == "Q8_0":
        return read(blocks[:, :2], torch.float16) * read(blocks[:, 2:], torch.int8)
    d, m = read(blocks[:, :4], torch.float16).chunk(2, dim=1)  # (blocks, 1) each
    packed = blocks[:, 4:]  # (blocks, 16)
    return d * torch.cat([packed & 15, packed >> 4], dim=1) + m


def read(part: UInt8[Tensor, "blocks bytes"], dtype: torch.dtype) -> Float[Tensor, "blocks n"]:
    """The numbers that bytes are in that dtype, as float32.

    A helper for dequantize; you may leave it out.
    """
    return part.clone(memory_format=torch.contiguous_format).view(dtype).float()
