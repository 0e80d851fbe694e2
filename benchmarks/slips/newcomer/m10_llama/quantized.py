import torch

SIZES = {"Q8_0": 34, "Q4_1": 20}


def dequantize(blocks, kind):
    if kind not in SIZES:
        raise ValueError(f"unknown kind {kind!r}")
    if blocks.size(1) != SIZES[kind]:
        raise ValueError(f"blocks of {kind} have {SIZES[kind]} bytes, not {blocks.size(1)}")
    d = read(blocks[:, :2], torch.float16)
    if kind == "Q8_0":
        return d * read(blocks[:, 2:], torch.int8)
    m = read(blocks[:, 2:4], torch.float16)
    pairs = blocks[:, 4:]
    q = torch.cat([pairs & 0x0F, pairs >> 4], dim=1)
    return d * q + m


def read(part, dtype):
    return part.clone(memory_format=torch.contiguous_format).view(dtype).float()
