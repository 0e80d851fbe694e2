"""Exercise 10: one block after the other, its bytes read with struct."""

import struct

import torch
from jaxtyping import Float, UInt8
from torch import Tensor


def numbers_of_q8_0(block: bytes) -> list[float]:
    scale, *quants = struct.unpack("<e32b", block)
    numbers = []
    for quant in quants:
        numbers.append(scale * quant)
    return numbers


def numbers_of_q4_1(block: bytes) -> list[float]:
    scale, minimum = struct.unpack_from("<ee", block)
    first = []
    second = []
    for byte in block[4:]:
        high, low = divmod(byte, 16)
        first.append(scale * low + minimum)
        second.append(scale * high + minimum)
    return first + second


READERS = {"Q8_0": (34, numbers_of_q8_0), "Q4_1": (20, numbers_of_q4_1)}


def dequantize(blocks: UInt8[Tensor, "blocks bytes"], kind: str) -> Float[Tensor, "blocks 32"]:
    if kind not in READERS:
        message = f"cannot read {kind}"
        raise ValueError(message)
    size, numbers_of = READERS[kind]
    if blocks.shape[1] != size:
        message = f"a block of {kind} has {size} bytes, here it has {blocks.shape[1]}"
        raise ValueError(message)
    rows = []
    for block in blocks.tolist():
        rows.append(numbers_of(bytes(block)))
    numbers = torch.tensor(rows, dtype=torch.float32, device=blocks.device)
    return numbers.reshape(len(rows), 32)
