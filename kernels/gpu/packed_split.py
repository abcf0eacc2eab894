# mypy: ignore-errors
"""The matmul of a decode step with K cut between programs, with what follows it.

The program of a block that finishes last adds the parts in their order and ends the block.
"""

from __future__ import annotations

import triton
import triton.language as tl

from kernels.gpu.dependent_launch import wait_for_previous
from kernels.gpu.epilogues import finish_block, stream_scale
from kernels.gpu.packed_product import join_parts, leave_part, packed_product, split_halves


@triton.jit
def packed_split(
    x_ptr,
    words_ptr,
    scales_ptr,
    zeros_ptr,
    out_ptr,
    partials_ptr,
    counters_ptr,
    squares_ptr,
    residual_ptr,
    next_x_ptr,
    norm_ptr,
    bias_ptr,
    cos_ptr,
    sin_ptr,
    starts_ptr,
    bases_ptr,
    keys_ptr,
    values_ptr,
    pages_ptr,
    M,
    N,
    K,
    n_groups,
    n_tiles,
    groups_per_split,
    head_stride,
    position_stride,
    n_pages,
    T,
    eps,
    x_scale,
    magic,
    EPILOGUE: tl.constexpr,
    N_SQUARES: tl.constexpr,
    SQUARES: tl.constexpr,
    HAS_BIAS: tl.constexpr,
    PAGE: tl.constexpr,
    H: tl.constexpr,
    G: tl.constexpr,
    D: tl.constexpr,
    GROUP: tl.constexpr,
    RATIO: tl.constexpr,
    BLOCK_M: tl.constexpr,
    M_BLOCKS: tl.constexpr,
    BLOCK_N: tl.constexpr,
    SPLIT: tl.constexpr,
    STAGES: tl.constexpr,
    PLANES: tl.constexpr,
    HAS_ZEROS: tl.constexpr,
    FINE: tl.constexpr,
    EVEN: tl.constexpr,
    DEPENDENT: tl.constexpr,
    INTERPRETED: tl.constexpr,
):
    # Blocks of M vary first, so that programs which read the same weights run together.
    pid = tl.program_id(0)
    pid_n = pid // M_BLOCKS
    pid_m = pid % M_BLOCKS
    pid_k = tl.program_id(1)
    first_group = pid_k * groups_per_split
    last_group = tl.minimum(first_group + groups_per_split, n_groups)
    if DEPENDENT:
        wait_for_previous()
    acc = packed_product(
        x_ptr,
        words_ptr,
        scales_ptr,
        zeros_ptr,
        pid_n,
        pid_m,
        first_group,
        last_group,
        M,
        K,
        n_groups,
        n_tiles,
        magic,
        GROUP,
        RATIO,
        BLOCK_M,
        BLOCK_N,
        STAGES,
        PLANES,
        HAS_ZEROS,
        FINE,
        EVEN,
        INTERPRETED,
    )
    m = pid_m * BLOCK_M + tl.arange(0, BLOCK_M)[None, :]
    live = m < M
    is_last = True
    if SPLIT > 1:
        part_ptr = partials_ptr + pid * (SPLIT * BLOCK_N * BLOCK_M)
        leave_part(part_ptr, pid_k, acc, live, BLOCK_N, BLOCK_M)
        # Every thread's part must be written before this program counts as arrived.
        tl.debug_barrier()
        is_last = tl.atomic_add(counters_ptr + pid, 1, sem="acq_rel") == SPLIT - 1
    if is_last:
        if SPLIT > 1:
            tl.debug_barrier()
            first, second = join_parts(part_ptr, live, SPLIT, BLOCK_N, BLOCK_M)
            tl.store(counters_ptr + pid, 0)
        else:
            first, second = split_halves(acc, BLOCK_N, BLOCK_M)
        scale = 1.0 / x_scale
        if N_SQUARES > 0:
            scale = scale * stream_scale(squares_ptr, m, M, K, eps, N_SQUARES, SQUARES)
        first *= scale
        second *= scale
        finish_block(
            EPILOGUE,
            out_ptr,
            squares_ptr,
            residual_ptr,
            next_x_ptr,
            norm_ptr,
            bias_ptr,
            cos_ptr,
            sin_ptr,
            starts_ptr,
            bases_ptr,
            keys_ptr,
            values_ptr,
            pages_ptr,
            first,
            second,
            pid_n,
            tl.cdiv(N, BLOCK_N),
            m,
            M,
            N,
            T,
            head_stride,
            position_stride,
            n_pages,
            x_scale,
            PAGE,
            BLOCK_N,
            HAS_BIAS,
            H,
            G,
            D,
        )
