# mypy: ignore-errors
"""Attention of a few query tokens over one part of the keys of one head, and the join of the parts.

Each program takes a key-value head and a part of the keys and keeps a running softmax; the one of a
head that finishes last joins the parts in their order, so two runs give the same bits and no second
kernel is launched.
"""

from __future__ import annotations

import triton
import triton.language as tl

from kernels.gpu.attention_parts import join_attention_parts, leave_attention_part
from kernels.gpu.attention_rows import attend_one_row, attend_rows
from kernels.gpu.dependent_launch import wait_for_previous


@triton.jit
def attend_part(
    q_ptr,
    k_ptr,
    v_ptr,
    out_ptr,
    partials_ptr,
    counters_ptr,
    length_ptr,
    bases_ptr,
    k_scale_ptr,
    v_scale_ptr,
    pages_ptr,
    n_pages,
    S,
    T,
    n_later,
    least_keys,
    H,
    k_head_stride,
    v_head_stride,
    position_stride,
    k_scale_stride,
    v_scale_stride,
    scale,
    out_scale,
    REPEAT: tl.constexpr,
    ROWS: tl.constexpr,
    ROW_BLOCKS: tl.constexpr,
    D: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_S: tl.constexpr,
    SLOTS: tl.constexpr,
    SPLIT: tl.constexpr,
    AT_ONCE: tl.constexpr,
    PAGE: tl.constexpr,
    SCALED: tl.constexpr,
    STAGES: tl.constexpr,
    HAS_LENGTH: tl.constexpr,
    HAS_BASES: tl.constexpr,
    DEPENDENT: tl.constexpr,
    INTERPRETED: tl.constexpr,
):
    if DEPENDENT:
        wait_for_previous()
    g = tl.program_id(0)
    part = tl.program_id(1)
    # A sequence's rows come in blocks, each of which reads the cache for itself, from L2.
    b = tl.program_id(2) // ROW_BLOCKS
    row_block = tl.program_id(2) % ROW_BLOCKS
    length = tl.load(length_ptr + b).to(tl.int32) + n_later if HAS_LENGTH else S
    base = tl.load(bases_ptr + b).to(tl.int64) if HAS_BASES else 0
    k_scale_ptr += g * k_scale_stride + base
    v_scale_ptr += g * v_scale_stride + base
    base *= position_stride
    pages_ptr += b * n_pages
    q_ptr += b * (T * H * D)
    out_ptr += b * (T * H * D)
    counters_ptr += tl.program_id(2) * tl.num_programs(0)
    partials_ptr += tl.program_id(2) * tl.num_programs(0) * (SPLIT * ROWS * (BLOCK_D + 2))
    # A short cache is cut into fewer parts than there are programs: joining them costs time too.
    n_parts = tl.minimum(SPLIT, tl.maximum(1, length // least_keys))
    if part >= n_parts:
        return
    n_blocks = tl.cdiv(length, BLOCK_S)
    first = (n_blocks * part // n_parts) * BLOCK_S
    last = (n_blocks * (part + 1) // n_parts) * BLOCK_S

    d = tl.arange(0, BLOCK_D)[None, :]
    s = tl.arange(0, BLOCK_S)[:, None]
    k_ptrs = k_ptr + base + g.to(tl.int64) * k_head_stride + s * position_stride + d
    v_ptrs = v_ptr + base + g.to(tl.int64) * v_head_stride + s * position_stride + d
    r = tl.arange(0, ROWS)
    t = (row_block * ROWS + r) // REPEAT
    live = (t < T)[:, None] & (d < D)
    cell = (t * H + g * REPEAT + (row_block * ROWS + r) % REPEAT)[:, None] * D + d
    if ROWS == 1:
        acc, best, weight = attend_one_row(
            q_ptr + g * D,
            k_ptrs,
            v_ptrs,
            k_scale_ptr,
            v_scale_ptr,
            pages_ptr,
            first,
            last,
            length,
            scale,
            position_stride,
            D,
            BLOCK_D,
            BLOCK_S,
            SLOTS,
            PAGE,
            SCALED,
            STAGES,
        )
    else:
        acc, best, weight = attend_rows(
            q_ptr + cell,
            live,
            k_ptrs,
            v_ptrs,
            k_scale_ptr,
            v_scale_ptr,
            pages_ptr,
            first,
            last,
            length,
            length - T + t,
            scale,
            position_stride,
            D,
            BLOCK_D,
            BLOCK_S,
            ROWS,
            PAGE,
            SCALED,
            STAGES,
            INTERPRETED,
        )
    if SPLIT == 1:
        tl.store(
            out_ptr + cell,
            (acc / weight[:, None] * out_scale).to(out_ptr.dtype.element_ty),
            mask=live,
        )
    else:
        SIZE: tl.constexpr = ROWS * (BLOCK_D + 2)
        parts_ptr = partials_ptr + g * (SPLIT * SIZE)
        leave_attention_part(parts_ptr + part * SIZE, acc, best, weight, live, ROWS, BLOCK_D)
        # Every thread's part must be written before this program counts as arrived.
        tl.debug_barrier()
        arrived = tl.atomic_add(counters_ptr + g, 1, sem="acq_rel")
        if arrived == n_parts - 1:
            tl.debug_barrier()
            joined = join_attention_parts(parts_ptr, n_parts, live, ROWS, BLOCK_D, AT_ONCE)
            tl.store(out_ptr + cell, (joined * out_scale).to(out_ptr.dtype.element_ty), mask=live)
            tl.store(counters_ptr + g, 0)
