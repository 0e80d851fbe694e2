"""Weights of a small trained model as text: half precision in base 64, with their shapes."""

from base64 import b64decode, b64encode
from collections.abc import Mapping

import torch
from torch import Tensor

Packed = dict[str, tuple[list[int], str]]


def pack(weights: Mapping[str, Tensor]) -> Packed:
    return {
        name: (list(value.shape), b64encode(value.detach().half().numpy().tobytes()).decode())
        for name, value in weights.items()
    }


def unpack(packed: Packed) -> dict[str, Tensor]:
    return {
        name: torch.frombuffer(bytearray(b64decode(text)), dtype=torch.half).reshape(shape).float()
        for name, (shape, text) in packed.items()
    }
