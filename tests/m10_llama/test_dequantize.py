"""dequantize turns the blocks of a GGUF file back into numbers.

pytest tests/m10_llama/test_dequantize.py
"""

import struct

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kata import check
from kata.testing.elsewhere import elsewhere
from kata.testing.layouts import LAYOUTS, laid_out
from milestones.m10_llama import dequantize

SIGNED = [0, 1, -1, 127, -128, *range(-13, 14)]  # 32 of them
NIBBLES = [*range(16), *range(15, -1, -1)]
SIZES = {"Q8_0": 34, "Q4_1": 20}
EACH = pytest.mark.parametrize("kind", SIZES)


def q8_0(scale, signed):
    return struct.pack("<e32b", scale, *signed)


def q4_1(scale, minimum, nibbles):
    pairs = zip(nibbles[:16], nibbles[16:], strict=True)
    return struct.pack("<2e16B", scale, minimum, *(low | high << 4 for low, high in pairs))


def rows(*blocks):
    return torch.tensor([list(block) for block in blocks], dtype=torch.uint8)


def block(kind, seed=0):
    """One block by chance, and its numbers."""
    drawn = check.randint(256, 34, seed=seed).tolist()
    scale, minimum = 0.25 + drawn[0] / 64, drawn[1] / 8 - 9
    if kind == "Q8_0":
        signed = [number - 128 for number in drawn[2:]]
        return q8_0(scale, signed), [scale * number for number in signed]
    nibbles = [number % 16 for number in drawn[2:]]
    return q4_1(scale, minimum, nibbles), [scale * number + minimum for number in nibbles]


def blocks(kind, n):
    packed, numbers = zip(*(block(kind, seed) for seed in range(n)), strict=True)
    return rows(*packed), torch.tensor(numbers)


def test_q8_0_worked_by_hand():
    found = dequantize(rows(q8_0(0.5, SIGNED)), "Q8_0")
    check.close(found, 0.5 * torch.tensor([SIGNED]))


def test_q4_1_worked_by_hand():
    found = dequantize(rows(q4_1(0.5, -2.0, NIBBLES)), "Q4_1")
    check.close(found, 0.5 * torch.tensor([NIBBLES]) - 2)


def test_low_halves_are_the_first_sixteen_numbers_and_high_halves_the_others():
    # The byte 0x3A: its low half is 10, its high half 3.
    found = dequantize(rows(struct.pack("<2e", 0.5, -2.0) + b"\x3a" * 16), "Q4_1")
    check.close(found, torch.tensor([[3.0] * 16 + [-0.5] * 16]))


def test_a_byte_from_128_on_is_a_negative_number():
    found = dequantize(rows(struct.pack("<e", 0.5) + b"\xfe" * 32), "Q8_0")
    check.close(found, torch.full((1, 32), -1.0))


@pytest.mark.parametrize("scale", [-3.0, 2**-14, 6e-8, 60000.0])
def test_scales_of_any_size(scale):
    found = dequantize(rows(q8_0(scale, [100] * 32)), "Q8_0")
    (exact,) = struct.unpack("<e", struct.pack("<e", scale))
    check.close(found, torch.full((1, 32), 100 * exact), atol=0)


@pytest.mark.parametrize("scale", [-3.0, 2**-14, 0.3, 60000.0])
@pytest.mark.parametrize("minimum", [-60000.0, 0.1])
def test_scales_and_minima_of_any_size(scale, minimum):
    found = dequantize(rows(q4_1(scale, minimum, NIBBLES)), "Q4_1")
    d, m = struct.unpack("<2e", struct.pack("<2e", scale, minimum))
    check.close(found, torch.tensor([[d * number + m for number in NIBBLES]]))


@EACH
def test_each_row_is_a_block_with_a_scale_of_its_own(kind):
    packed, numbers = blocks(kind, 5)
    check.close(dequantize(packed, kind), numbers)


@EACH
@given(seed=st.integers(0, 9999))
def test_any_block_becomes_its_numbers(kind, seed):
    packed, numbers = block(kind, seed)
    check.close(dequantize(rows(packed), kind), torch.tensor([numbers]))


@EACH
def test_no_blocks_give_no_numbers(kind):
    found = dequantize(torch.zeros(0, SIZES[kind], dtype=torch.uint8), kind)
    check.equal((found.dtype, tuple(found.shape)), (torch.float32, (0, 32)))


@EACH
def test_numbers_are_float32_whatever_the_default_dtype(kind):
    packed, numbers = blocks(kind, 2)
    torch.set_default_dtype(torch.float64)
    try:
        found = dequantize(packed, kind)
    finally:
        torch.set_default_dtype(torch.float32)
    check.close(found, numbers)


@EACH
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_order_of_the_bytes_in_memory_does_not_matter(kind, layout):
    packed, numbers = blocks(kind, 3)
    check.close(dequantize(laid_out(packed, layout), kind), numbers)


@EACH
@pytest.mark.parametrize("offset", [1, 2, 3])
def test_a_block_may_begin_anywhere_in_memory(kind, offset):
    packed, numbers = blocks(kind, 1)
    memory = torch.zeros(offset + SIZES[kind], dtype=torch.uint8)
    memory[offset:] = packed[0]
    check.close(dequantize(memory[offset:].unsqueeze(0), kind), numbers)


@EACH
def test_the_bytes_stay_as_they_were(kind):
    packed, _ = blocks(kind, 3)
    before = packed.clone()
    dequantize(packed, kind)
    check.equal(packed.tolist(), before.tolist())


@EACH
def test_the_numbers_share_no_memory_with_the_bytes(kind):
    packed, numbers = blocks(kind, 2)
    found = dequantize(packed, kind)
    packed.zero_()
    check.close(found, numbers)


@EACH
def test_works_on_the_device_of_the_bytes(kind):
    packed, numbers = blocks(kind, 2)
    check.close(elsewhere(lambda part: dequantize(part, kind), packed), numbers)


@pytest.mark.parametrize("kind", ["Q4_0", "q8_0", "F32", ""])
def test_another_kind_is_refused_and_named(kind):
    packed = torch.zeros(1, 34, dtype=torch.uint8)
    check.raises(ValueError, dequantize, packed, kind)
    try:
        dequantize(packed, kind)
    except ValueError as error:
        check.equal(kind in str(error), True, hint=f"The message is: {error}")


@pytest.mark.parametrize(("kind", "size"), [("Q8_0", 20), ("Q8_0", 33), ("Q4_1", 34), ("Q4_1", 21)])
def test_another_number_of_bytes_is_refused_and_named(kind, size):
    packed = torch.zeros(2, size, dtype=torch.uint8)
    check.raises(ValueError, dequantize, packed, kind, names=(size,))
