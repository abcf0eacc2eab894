# mypy: ignore-errors
"""The inside of every matmul on packed weights, for few rows of activations.

One body serves all sizes, M = 1 included: weights are the left operand of the tensor cores, 16
rows of them at a time, and the activations are the narrow side, so that 1 row costs what 8 do.
What bounds it then is reading the weights once:

- They lie in memory as a thread's registers want them (`kernels.packing`), so a 16-byte load feeds
  the tensor cores without being rearranged between lanes.
- A code becomes a number by writing it into the mantissa of float16 1024, from which 1024 and the
  zero point are taken again, two codes an instruction. Both steps are exact.
- The group's scale is applied to the float32 sums, not to the weights, unless several groups make
  a chunk: a turn of one small group would cost what one of 128 columns does.
- A code of 8 bits is two of 4 (`kernels.packing8`), and its row's scale is applied at the end.
- Where the rows alone give too few programs, K is split; the program of a block that finishes last
  adds the parts in their order, so two runs give the same bits.

Two warps a program at most: with four, Triton 3.9 turns to wgmma, whose operands lie otherwise.
"""

from __future__ import annotations

import triton
import triton.language as tl

from kernels.gpu.matrix_product import dot
from kernels.gpu.packed_codes import row_zeros, step_values, to_float16, twice

# Scaled codes are float16, which loses digits below 6e-5 and ends at 65,504: so scales of 1e-6 to
# 60 keep theirs.
SCALE_UP = tl.constexpr(64.0)


@triton.jit
def row_values(ptrs, mask, TILES: tl.constexpr, EVEN: tl.constexpr):
    """Loads one bfloat16 per row, as pairs of rows r and r + 8 -> [TILES * 16, 1] float32."""
    pair = tl.load(ptrs) if EVEN else tl.load(ptrs, mask=mask, other=0)
    first = (pair << 16).to(tl.float32, bitcast=True)
    second = (pair & -65536).to(tl.float32, bitcast=True)
    both = tl.permute(tl.join(first, second), (0, 2, 1))  # [TILES, 2, 8]
    return tl.reshape(both, (TILES * 16, 1))


@triton.jit
def packed_product(
    x_ptr,
    words_ptr,
    scales_ptr,
    zeros_ptr,
    block_n,
    block_m,
    first_group,
    last_group,
    M,
    K,
    n_groups,
    n_tiles,
    magic,
    GROUP: tl.constexpr,
    RATIO: tl.constexpr,
    BLOCK_M: tl.constexpr,
    BLOCK_N: tl.constexpr,
    STAGES: tl.constexpr,
    PLANES: tl.constexpr,
    HAS_ZEROS: tl.constexpr,
    FINE: tl.constexpr,
    EVEN: tl.constexpr,
    INTERPRETED: tl.constexpr,
):
    """Multiplies a block of rows over some groups of K.

    Rows come in the order of the packed weight, BLOCK_N of them from tile `block_n * BLOCK_N / 16`.

    Shapes: x [M, K] -> [BLOCK_N, BLOCK_M] float32.
    """
    TILES: tl.constexpr = BLOCK_N // 16
    STEPS: tl.constexpr = GROUP // 32
    SIZE: tl.constexpr = 64 * STEPS * PLANES
    # Halves of tiles by words; the tile varies first, so that a warp holds both halves of its own.
    half_tile = tl.arange(0, 2 * TILES)[:, None]
    tile = block_n * TILES + half_tile % TILES
    word_mask = tile < n_tiles
    word_ptrs = (
        words_ptr
        + (tile * n_groups + first_group) * SIZE
        + (half_tile // TILES) * (32 * STEPS)
        + tl.arange(0, 32 * STEPS)[None, :]
    )
    row_tile = block_n * TILES + tl.arange(0, TILES)[:, None]
    row_mask = row_tile < n_tiles
    # At 8 bits there is one scale a row, as if of a single group.
    pair = row_tile * 8 + tl.arange(0, 8)[None, :]
    if PLANES == 1:
        pair = (row_tile * n_groups + first_group) * 8 + tl.arange(0, 8)[None, :]
    scale_ptrs = scales_ptr + pair
    zero_ptrs = zeros_ptr + pair
    # Several groups in a chunk: each step of 32 columns has its own.
    step = tl.arange(0, STEPS)[None, None, :]
    step_group = (row_tile[:, :, None] * n_groups + first_group) * RATIO + step * RATIO // STEPS
    step_pair = step_group * 8 + tl.arange(0, 8)[None, :, None]
    step_mask = (row_tile < n_tiles)[:, :, None]

    # [step, m, lane] by 8 neighbours in K: 16-byte loads that make 64 bytes a row.
    chunk = tl.arange(0, STEPS * BLOCK_M * 4)[:, None]
    chunk_m = block_m * BLOCK_M + chunk // 4 % BLOCK_M
    x_mask = chunk_m < M
    x_ptrs = (
        x_ptr
        + chunk_m * K
        + first_group * GROUP
        + chunk // (4 * BLOCK_M) * 32
        + (chunk % 4) * 8
        + tl.arange(0, 8)[None, :]
    )
    acc = tl.zeros((BLOCK_N, BLOCK_M), tl.float32)
    for _ in tl.range(first_group, last_group, num_stages=STAGES):
        if EVEN:
            words = tl.load(word_ptrs, eviction_policy="evict_first")
        else:
            words = tl.load(word_ptrs, mask=word_mask, other=0, eviction_policy="evict_first")
        x = tl.load(x_ptrs, mask=x_mask, other=0.0)
        # [step, m, lane, b, a, parity] -> [step, a, lane, b, parity, m], as the codes' columns.
        x = tl.permute(tl.reshape(x, (STEPS, BLOCK_M, 4, 2, 2, 2)), (0, 4, 2, 3, 5, 1))
        x = tl.reshape(x, (GROUP, BLOCK_M))
        zero = tl.full((1, 1, 1, 1, 1), 8, tl.int32)
        scale = zero
        if RATIO > 1:
            scale = twice(step_values(scales_ptr + step_pair, step_mask, EVEN) * SCALE_UP)
            if HAS_ZEROS:
                zero = step_values(zeros_ptr + step_pair, step_mask, EVEN)
                if FINE:
                    zero *= 16.0
                zero = zero.to(tl.int32)
            step_pair += 8 * RATIO
        elif HAS_ZEROS:
            zero = row_zeros(zero_ptrs, row_mask, TILES, EVEN, FINE)[:, :, :, None, None]
            zero_ptrs += 8
        product = dot(
            to_float16(words, zero, scale, magic, TILES, STEPS, FINE, RATIO > 1, INTERPRETED),
            x,
            INTERPRETED,
        )
        if RATIO > 1:
            acc += product
        elif PLANES == 1:
            acc += product * row_values(scale_ptrs, row_mask, TILES, EVEN)
            scale_ptrs += 8
        else:
            low_ptrs = word_ptrs + 64 * STEPS
            if EVEN:
                words = tl.load(low_ptrs, eviction_policy="evict_first")
            else:
                words = tl.load(low_ptrs, mask=word_mask, other=0, eviction_policy="evict_first")
            nought = tl.full((1, 1, 1, 1, 1), 0, tl.int32)
            codes = to_float16(
                words, nought, nought, magic, TILES, STEPS, False, False, INTERPRETED
            )
            acc += 16.0 * product + dot(codes, x, INTERPRETED)
        word_ptrs += SIZE
        x_ptrs += GROUP
    if RATIO > 1:
        acc = acc * (1.0 / SCALE_UP)
    if PLANES == 2:
        acc = acc * row_values(scale_ptrs, row_mask, TILES, EVEN)
    return acc


@triton.jit
def split_halves(acc, BLOCK_N: tl.constexpr, BLOCK_M: tl.constexpr):
    """Takes rows r and r + 8 of every tile apart: two of [BLOCK_N / 2, BLOCK_M]."""
    tiles = tl.reshape(acc, (BLOCK_N // 16, 2, 8, BLOCK_M))
    first, second = tl.split(tl.permute(tiles, (0, 2, 3, 1)))
    return (
        tl.reshape(first, (BLOCK_N // 2, BLOCK_M)),
        tl.reshape(second, (BLOCK_N // 2, BLOCK_M)),
    )


@triton.jit
def leave_part(partials_ptr, part, acc, live, BLOCK_N: tl.constexpr, BLOCK_M: tl.constexpr):
    """Writes one part of a block's live columns, in the order `join_parts` reads them."""
    cell = tl.arange(0, BLOCK_M)[None, :] * BLOCK_N + tl.arange(0, BLOCK_N)[:, None]
    tl.store(partials_ptr + part * (BLOCK_N * BLOCK_M) + cell, acc, mask=live)


@triton.jit
def join_parts(
    partials_ptr,
    live,
    SPLIT: tl.constexpr,
    BLOCK_N: tl.constexpr,
    BLOCK_M: tl.constexpr,
):
    """Adds the parts in their order -> two of [BLOCK_N / 2, BLOCK_M], as `split_halves`."""
    PAIRS: tl.constexpr = BLOCK_N // 2
    pair = tl.arange(0, PAIRS)[:, None]
    cell = tl.arange(0, BLOCK_M)[None, :] * BLOCK_N + pair // 8 * 16 + pair % 8
    first = tl.zeros((PAIRS, BLOCK_M), tl.float32)
    second = tl.zeros((PAIRS, BLOCK_M), tl.float32)
    for i in tl.static_range(SPLIT):
        part_ptrs = partials_ptr + i * (BLOCK_N * BLOCK_M) + cell
        first += tl.load(part_ptrs, mask=live, other=0.0, cache_modifier=".cg")
        second += tl.load(part_ptrs + 8, mask=live, other=0.0, cache_modifier=".cg")
    return first, second
