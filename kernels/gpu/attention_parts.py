# mypy: ignore-errors
"""The parts into which decode attention cuts a cache: how they are left and how they are joined.

A part is sums [ROWS, D], largest scores [ROWS] and weights [ROWS].
"""

from __future__ import annotations

import triton
import triton.language as tl

from kernels.gpu.attention_rows import LOWEST


@triton.jit
def leave_attention_part(
    part_ptr, acc, best, weight, live, ROWS: tl.constexpr, BLOCK_D: tl.constexpr
):
    """Writes one part; rows and columns that are not live are left out."""
    r = tl.arange(0, ROWS)
    cells = r[:, None] * BLOCK_D + tl.arange(0, BLOCK_D)[None, :]
    tl.store(part_ptr + cells, acc, mask=live)
    tl.store(part_ptr + ROWS * BLOCK_D + r, best)
    tl.store(part_ptr + ROWS * (BLOCK_D + 1) + r, weight)


@triton.jit
def join_attention_parts(
    parts_ptr,
    n_parts,
    live,
    ROWS: tl.constexpr,
    BLOCK_D: tl.constexpr,
    AT_ONCE: tl.constexpr,
):
    """Joins the parts in their order -> [ROWS, BLOCK_D]; a power of two of them at once."""
    SIZE: tl.constexpr = ROWS * (BLOCK_D + 2)
    r = tl.arange(0, ROWS)
    d = tl.arange(0, BLOCK_D)
    best = tl.full((ROWS,), LOWEST, tl.float32)
    weight = tl.zeros((ROWS,), tl.float32)
    acc = tl.zeros((ROWS, BLOCK_D), tl.float32)
    if ROWS == 1:
        # All of them side by side: read one by one, each would wait for memory.
        part = tl.arange(0, AT_ONCE)
        for first in tl.range(0, n_parts, AT_ONCE, num_stages=1):
            there = first + part < n_parts
            part_ptrs = parts_ptr + (first + part) * SIZE
            mask = there[:, None] & (d < BLOCK_D)[None, :]
            sums = tl.load(
                part_ptrs[:, None] + d[None, :], mask=mask, other=0.0, cache_modifier=".cg"
            )
            tops = tl.load(part_ptrs + BLOCK_D, mask=there, other=LOWEST, cache_modifier=".cg")
            weights = tl.load(
                part_ptrs + (BLOCK_D + 1), mask=there, other=0.0, cache_modifier=".cg"
            )
            higher = tl.maximum(best, tl.max(tops, axis=0))
            fade = tl.exp2(best - higher)
            gain = tl.exp2(tops - tl.max(higher, axis=0))
            weight = weight * fade + tl.sum(weights * gain, axis=0)
            acc = acc * fade[:, None] + tl.sum(sums * gain[:, None], axis=0)[None, :]
            best = higher
    else:
        cells = r[:, None] * BLOCK_D + d[None, :]
        for i in tl.range(0, n_parts, num_stages=AT_ONCE):
            part_ptr = parts_ptr + i * SIZE
            sums = tl.load(part_ptr + cells, mask=live, other=0.0, cache_modifier=".cg")
            top = tl.load(part_ptr + ROWS * BLOCK_D + r, cache_modifier=".cg")
            share = tl.load(part_ptr + ROWS * (BLOCK_D + 1) + r, cache_modifier=".cg")
            higher = tl.maximum(best, top)
            fade = tl.exp2(best - higher)
            gain = tl.exp2(top - higher)
            weight = weight * fade + share * gain
            acc = acc * fade[:, None] + sums * gain[:, None]
            best = higher
    return acc / weight[:, None]
