# mypy: ignore-errors
"""From packed words to float16 numbers: exact, two codes an instruction, zero points taken off."""

from __future__ import annotations

import triton
import triton.language as tl

# The bits of float16 1024.0, twice. Passed as an argument because two immediate operands do not fit
# one logical instruction: as a constant it would cost an instruction more per pair of codes.
MAGIC = 0x64006400


@triton.jit
def row_zeros(ptrs, mask, TILES: tl.constexpr, EVEN: tl.constexpr, FINE: tl.constexpr):
    """Loads one zero point per row -> [2, TILES, 8] int32, by halves; of fine ones sixteenths."""
    pair = tl.load(ptrs) if EVEN else tl.load(ptrs, mask=mask, other=0)
    first = (pair << 16).to(tl.float32, bitcast=True)
    second = (pair & -65536).to(tl.float32, bitcast=True)
    both = tl.permute(tl.join(first, second), (2, 0, 1))
    if FINE:
        both *= 16.0
    return both.to(tl.int32)


@triton.jit
def step_values(ptrs, mask, EVEN: tl.constexpr):
    """Loads one bfloat16 per row and step, pairs of rows r and r + 8 -> [2, TILES, 8, 1, STEPS]."""
    pair = tl.load(ptrs) if EVEN else tl.load(ptrs, mask=mask, other=0)  # [TILES, 8, STEPS]
    first = (pair << 16).to(tl.float32, bitcast=True)
    second = (pair & -65536).to(tl.float32, bitcast=True)
    return tl.permute(tl.join(first, second), (3, 0, 1, 2))[:, :, :, None, :]


@triton.jit
def twice(values):
    """Each number as a word of twice the same float16."""
    half = values.to(tl.float16).to(tl.int16, bitcast=True).to(tl.int32) & 0xFFFF
    return half | (half << 16)


@triton.jit
def multiply(pairs, others, INTERPRETED: tl.constexpr):
    """Products of words of two float16 numbers."""
    if INTERPRETED:
        low, high = halves_of(pairs)
        by_low, by_high = halves_of(others)
        low = (low * by_low).to(tl.int16, bitcast=True).to(tl.int32) & 0xFFFF
        out = ((high * by_high).to(tl.int16, bitcast=True).to(tl.int32) << 16) | low
    else:
        out = tl.inline_asm_elementwise(
            "mul.rn.f16x2 $0, $1, $2;",
            "=r,r,r",
            [pairs, others],
            dtype=tl.int32,
            is_pure=True,
            pack=1,
        )
    return out


@triton.jit
def halves_of(words):
    """The two float16 numbers of each word, the low one first."""
    low = (words & 0xFFFF).to(tl.int16).to(tl.float16, bitcast=True)
    high = (words >> 16).to(tl.int16).to(tl.float16, bitcast=True)
    return low, high


@triton.jit
def subtract(pairs, others, INTERPRETED: tl.constexpr):
    """Differences of words of two float16 numbers."""
    if INTERPRETED:
        low, high = halves_of(pairs)
        less_low, less_high = halves_of(others)
        low = (low - less_low).to(tl.int16, bitcast=True).to(tl.int32) & 0xFFFF
        out = ((high - less_high).to(tl.int16, bitcast=True).to(tl.int32) << 16) | low
    else:
        out = tl.inline_asm_elementwise(
            "sub.rn.f16x2 $0, $1, $2;",
            "=r,r,r",
            [pairs, others],
            dtype=tl.int32,
            is_pure=True,
            pack=1,
        )
    return out


@triton.jit
def sixteenths_less(pairs, others, INTERPRETED: tl.constexpr):
    """Words of two float16 numbers: a sixteenth of the one less the other, rounded once."""
    if INTERPRETED:
        low, high = halves_of(pairs)
        less_low, less_high = halves_of(others)
        low = (low * 0.0625 - less_low).to(tl.int16, bitcast=True).to(tl.int32) & 0xFFFF
        out = ((high * 0.0625 - less_high).to(tl.int16, bitcast=True).to(tl.int32) << 16) | low
    else:
        out = tl.inline_asm_elementwise(
            "fma.rn.f16x2 $0, $1, $2, $3;",
            "=r,r,r,r",
            [pairs, 0x2C002C00, others | -2147450880],
            dtype=tl.int32,
            is_pure=True,
            pack=1,
        )
    return out


@triton.jit
def to_float16(
    words,
    zero,
    scale,
    magic,
    TILES: tl.constexpr,
    STEPS: tl.constexpr,
    FINE: tl.constexpr,
    SCALED: tl.constexpr,
    INTERPRETED: tl.constexpr,
):
    """Turns words [2 * TILES, 32 * STEPS] into code - zero [TILES * 16, 32 * STEPS] float16.

    Two of four codes are read where they lie, 4 bits up, as 16 times their size, which spares their
    shift: 1024 + code less 1024 + zero, and a sixteenth of 1024 + 16 * code less 64 + zero. Near 64
    a float16 number has sixteenths, near 1024 it has none, where fine zero points go off apart. The
    columns come in the order in which a thread holds them; the activations follow it. Where a
    column's group is not that of its neighbours, codes are scaled here, and otherwise their sums.

    Shapes: zero [2, TILES, 8, 4, STEPS] int32 of 0 to 15, in sixteenths of 0 to 255, and scale of
    two float16 each, or as many dimensions of 1.
    """
    words = tl.reshape(words, (2, TILES, 8, 4, STEPS))
    upper = words >> 8
    if FINE:
        nought = zero & 0
        whole = nought | 0x64006400
        raised = zero | (zero << 16) | 0x54005400
    else:
        whole = zero | (zero << 16) | 0x64006400
        raised = (zero << 4) | (zero << 20) | 0x54005400
    p0 = subtract((words & 0x000F000F) | magic, whole, INTERPRETED)
    p1 = sixteenths_less((words & 0x00F000F0) | magic, raised, INTERPRETED)
    p2 = subtract((upper & 0x000F000F) | magic, whole, INTERPRETED)
    p3 = sixteenths_less((upper & 0x00F000F0) | magic, raised, INTERPRETED)
    if FINE:
        zero_alone = subtract(raised, nought | 0x54005400, INTERPRETED)
        p0 = subtract(p0, zero_alone, INTERPRETED)
        p2 = subtract(p2, zero_alone, INTERPRETED)
    if SCALED:
        p0 = multiply(p0, scale, INTERPRETED)
        p1 = multiply(p1, scale, INTERPRETED)
        p2 = multiply(p2, scale, INTERPRETED)
        p3 = multiply(p3, scale, INTERPRETED)
    pairs = tl.join(tl.join(p0, p1), tl.join(p2, p3))  # [2, TILES, 8, 4, STEPS, 2, 2]
    low, high = halves_of(pairs)
    # [half, tile, row, lane, step, a, b, parity] -> [tile, half, row, step, a, lane, b, parity]
    codes = tl.permute(tl.join(low, high), (1, 0, 2, 4, 5, 3, 6, 7))
    return tl.reshape(codes, (TILES * 16, STEPS * 32))
