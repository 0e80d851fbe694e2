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
    raise NotImplementedError


def read(part: UInt8[Tensor, "blocks bytes"], dtype: torch.dtype) -> Float[Tensor, "blocks n"]:
    """The numbers that bytes are in that dtype, as float32.

    A helper for dequantize; you may leave it out.
    """
    raise NotImplementedError
