# mypy: ignore-errors
"""4-bit weight-only matmul for few rows of activations.

One kernel serves all sizes, M = 1 included: weights are the left operand of the tensor cores, 16
rows of them at a time, and the activations are the narrow side, so that 1 row costs what 8 do.
What bounds the kernel then is reading the weights once:

- They lie in memory as a thread's registers want them (`kernels.packing`), so a 16-byte load feeds
  the tensor cores without being rearranged between lanes.
- A code becomes `128 + code`, exact in bfloat16, by writing it into the mantissa of 128. The 128
  and the zero point leave again through the sum of the group's activations, which a second product
  with a matrix of ones brings in the layout of the first.
- The group's scale is applied to the float32 sums, not to the weights.
- Where the rows alone give too few programs, K is split; the program of a tile that finishes last
  adds the parts in their order, so two runs give the same bits.

Two warps a program at most: with four, Triton 3.9 turns to wgmma, whose operands lie otherwise.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from kernels.gpu.arrivals import arrival_counters
from kernels.gpu.matrix_product import dot
from kernels.gpu.tuned import Int4Config, int4_config
from kernels.packing import TILE_ROWS, Int4Weight

# The bits of bfloat16 128.0, twice. Passed as an argument because two immediate operands do not
# fit one logical instruction: as a constant it would cost an instruction more per pair of codes.
MAGIC = 0x43004300


@triton.jit
def _row_values(ptrs, mask, TILES: tl.constexpr, EVEN: tl.constexpr):
    """Loads one bfloat16 per row, as pairs of rows r and r + 8 -> [TILES * 16, 1] float32."""
    pair = tl.load(ptrs) if EVEN else tl.load(ptrs, mask=mask, other=0)
    first = (pair << 16).to(tl.float32, bitcast=True)
    second = (pair & -65536).to(tl.float32, bitcast=True)
    both = tl.permute(tl.join(first, second), (0, 2, 1))  # [TILES, 2, 8]
    return tl.reshape(both, (TILES * 16, 1))


@triton.jit
def _to_bfloat16(words, magic, TILES: tl.constexpr, STEPS: tl.constexpr):
    """Turns words [2 * TILES, 32 * STEPS] into 128 + code [TILES * 16, 32 * STEPS] bfloat16.

    The columns come in the order in which a thread holds them; the activations follow it.
    """
    words = tl.reshape(words, (2, TILES, 8, 4, STEPS))
    p0 = (words & 0x000F000F) | magic
    p1 = ((words >> 4) & 0x000F000F) | magic
    p2 = ((words >> 8) & 0x000F000F) | magic
    p3 = ((words >> 12) & 0x000F000F) | magic
    pairs = tl.join(tl.join(p0, p1), tl.join(p2, p3))  # [2, TILES, 8, 4, STEPS, 2, 2]
    low = (pairs & 0xFFFF).to(tl.int16).to(tl.bfloat16, bitcast=True)
    high = (pairs >> 16).to(tl.int16).to(tl.bfloat16, bitcast=True)
    # [half, tile, row, lane, step, a, b, parity] -> [tile, half, row, step, a, lane, b, parity]
    codes = tl.permute(tl.join(low, high), (1, 0, 2, 4, 5, 3, 6, 7))
    return tl.reshape(codes, (TILES * 16, STEPS * 32))


@triton.jit
def _int4_matmul(
    x_ptr,
    words_ptr,
    scales_ptr,
    zeros_ptr,
    out_ptr,
    partials_ptr,
    counters_ptr,
    M,
    N,
    K,
    n_groups,
    n_tiles,
    groups_per_split,
    magic,
    GROUP: tl.constexpr,
    BLOCK_M: tl.constexpr,
    M_BLOCKS: tl.constexpr,
    BLOCK_N: tl.constexpr,
    SPLIT: tl.constexpr,
    STAGES: tl.constexpr,
    HAS_ZEROS: tl.constexpr,
    EVEN: tl.constexpr,
    INTERPRETED: tl.constexpr,
):
    TILES: tl.constexpr = BLOCK_N // 16
    STEPS: tl.constexpr = GROUP // 32
    # Blocks of M vary first, so that programs which read the same weights run together.
    pid = tl.program_id(0)
    pid_n = pid // M_BLOCKS
    pid_m = pid % M_BLOCKS
    pid_k = tl.program_id(1)
    first_group = pid_k * groups_per_split
    last_group = tl.minimum(first_group + groups_per_split, n_groups)

    # Halves of tiles by words; the tile varies first, so that a warp holds both halves of its own.
    half_tile = tl.arange(0, 2 * TILES)[:, None]
    tile = pid_n * TILES + half_tile % TILES
    word_mask = tile < n_tiles
    word_ptrs = (
        words_ptr
        + (tile * n_groups + first_group) * (64 * STEPS)
        + (half_tile // TILES) * (32 * STEPS)
        + tl.arange(0, 32 * STEPS)[None, :]
    )
    row_tile = pid_n * TILES + tl.arange(0, TILES)[:, None]
    row_mask = row_tile < n_tiles
    pair = (row_tile * n_groups + first_group) * 8 + tl.arange(0, 8)[None, :]
    scale_ptrs = scales_ptr + pair
    zero_ptrs = zeros_ptr + pair

    # [step, m, lane] by 8 neighbours in K: 16-byte loads that make 64 bytes a row.
    chunk = tl.arange(0, STEPS * BLOCK_M * 4)[:, None]
    chunk_m = pid_m * BLOCK_M + chunk // 4 % BLOCK_M
    x_mask = chunk_m < M
    x_ptrs = (
        x_ptr
        + chunk_m * K
        + first_group * GROUP
        + chunk // (4 * BLOCK_M) * 32
        + (chunk % 4) * 8
        + tl.arange(0, 8)[None, :]
    )
    # Joined like the codes, so that the compiler gives both products the same operand layout.
    half = tl.full((BLOCK_N, GROUP // 2), 1.0, tl.float32).to(tl.bfloat16)
    ones = tl.reshape(tl.join(half, half), (BLOCK_N, GROUP))
    acc = tl.zeros((BLOCK_N, BLOCK_M), tl.float32)
    for _ in tl.range(first_group, last_group, num_stages=STAGES):
        if EVEN:
            words = tl.load(word_ptrs, eviction_policy="evict_first")
        else:
            words = tl.load(word_ptrs, mask=word_mask, other=0, eviction_policy="evict_first")
        scale = _row_values(scale_ptrs, row_mask, TILES, EVEN)
        x = tl.load(x_ptrs, mask=x_mask, other=0.0)
        # [step, m, lane, b, a, parity] -> [step, a, lane, b, parity, m], as the codes' columns.
        x = tl.permute(tl.reshape(x, (STEPS, BLOCK_M, 4, 2, 2, 2)), (0, 4, 2, 3, 5, 1))
        x = tl.reshape(x, (GROUP, BLOCK_M))
        codes = _to_bfloat16(words, magic, TILES, STEPS)
        offset = 136.0
        if HAS_ZEROS:
            offset = _row_values(zero_ptrs, row_mask, TILES, EVEN) + 128.0
        total = dot(ones, x, INTERPRETED)
        acc += (dot(codes, x, INTERPRETED) - offset * total) * scale
        word_ptrs += 64 * STEPS
        x_ptrs += GROUP
        scale_ptrs += 8
        zero_ptrs += 8

    row = pid_n * BLOCK_N + tl.arange(0, BLOCK_N)[:, None]
    m = pid_m * BLOCK_M + tl.arange(0, BLOCK_M)[None, :]
    live = (row < N) & (m < M)
    out_ptrs = out_ptr + m * N + row
    if SPLIT == 1:
        tl.store(out_ptrs, acc.to(tl.bfloat16), mask=live)
    else:
        PART: tl.constexpr = BLOCK_N * BLOCK_M
        cell = m % BLOCK_M * BLOCK_N + row % BLOCK_N
        part_ptrs = partials_ptr + pid * (SPLIT * PART) + cell
        tl.store(part_ptrs + pid_k * PART, acc, mask=live)
        # Every thread's part must be written before this program counts as arrived.
        tl.debug_barrier()
        arrived = tl.atomic_add(counters_ptr + pid, 1, sem="acq_rel")
        if arrived == SPLIT - 1:
            tl.debug_barrier()
            total = tl.zeros((BLOCK_N, BLOCK_M), tl.float32)
            for i in tl.static_range(SPLIT):
                total += tl.load(part_ptrs + i * PART, mask=live, other=0.0, cache_modifier=".cg")
            tl.store(out_ptrs, total.to(tl.bfloat16), mask=live)
            tl.store(counters_ptr + pid, 0)


def int4_linear(x: Tensor, weight: Int4Weight, config: Int4Config | None = None) -> Tensor:
    """`x @ weight.T` with a 4-bit weight; `kernels.quantized_reference.int4_linear` defines it.

    Any M works; it is made for 1 to 64, beyond which unpacking the weight for the vendor library
    is faster.

    Shapes: x [M, K] bfloat16 -> [M, N] bfloat16.
    Traffic: N * K / 2 bytes of codes and 2 * N * K / Q bytes of scales, twice that with zeros.

    Raises:
        ValueError: x is not bfloat16, not contiguous, on another device or not [M, K].
    """
    _check(x, weight)
    M, K = x.shape
    n_tiles, n_groups = weight.words.shape[:2]
    if config is None:
        config = int4_config(M, weight.n_rows, K)
    m_blocks = triton.cdiv(M, config.block_m)
    n_programs = triton.cdiv(n_tiles * TILE_ROWS, config.block_n) * m_blocks
    groups_per_split = triton.cdiv(n_groups, config.split_k)
    # As many parts as that leaves, so that none is empty.
    split_k = triton.cdiv(n_groups, groups_per_split)
    out = torch.empty(M, weight.n_rows, dtype=x.dtype, device=x.device)
    partials = counters = out
    if split_k > 1:
        size = n_programs * split_k * config.block_n * config.block_m
        partials = torch.empty(size, dtype=torch.float32, device=x.device)
        counters = arrival_counters(x.device, n_programs)
    zeros = weight.scales if weight.zeros is None else weight.zeros
    _int4_matmul[(n_programs, split_k)](
        x,
        weight.words,
        weight.scales.view(torch.int32),
        zeros.view(torch.int32),
        out,
        partials,
        counters,
        M,
        weight.n_rows,
        K,
        n_groups,
        n_tiles,
        groups_per_split,
        MAGIC,
        GROUP=weight.group_size,
        BLOCK_M=config.block_m,
        M_BLOCKS=m_blocks,
        BLOCK_N=config.block_n,
        SPLIT=split_k,
        STAGES=config.n_stages,
        HAS_ZEROS=weight.zeros is not None,
        EVEN=n_tiles * TILE_ROWS % config.block_n == 0,
        INTERPRETED=not x.is_cuda,
        num_warps=config.n_warps,
    )
    return out


def _check(x: Tensor, weight: Int4Weight) -> None:
    if x.dim() != 2 or x.shape[0] == 0 or x.shape[1] != weight.n_columns:
        raise ValueError(f"x is {list(x.shape)}: it must be [M, {weight.n_columns}] with M >= 1")
    if x.dtype != torch.bfloat16 or not x.is_contiguous():
        raise ValueError(f"x is {x.dtype} with strides {x.stride()}: make it contiguous bfloat16")
    if x.device != weight.words.device:
        raise ValueError(f"x is on {x.device}, the weight on {weight.words.device}: move one")
