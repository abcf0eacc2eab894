# mypy: ignore-errors
"""Packed weights as float16 numbers, for the vendor library's matmul of many rows."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from kernels.packing import TILE_ROWS
from kernels.packing8 import Int8Weight
from kernels.quantized_reference import PackedWeight

BLOCK_TILES = 2


@triton.jit
def _codes(word, shift):
    """The 4-bit code at each of 8 places of a word -> [.., 8] float32."""
    return ((word >> shift) & 15).to(tl.float32)


@triton.jit
def _unpack(
    words_ptr,
    scales_ptr,
    zeros_ptr,
    out_ptr,
    N,
    K,
    n_groups,
    n_tiles,
    n_pairs,
    GROUP: tl.constexpr,
    RATIO: tl.constexpr,
    TILES: tl.constexpr,
    PLANES: tl.constexpr,
    HAS_ZEROS: tl.constexpr,
    PAIRED: tl.constexpr,
):
    STEPS: tl.constexpr = GROUP // 32
    WORDS: tl.constexpr = 64 * STEPS
    group = tl.program_id(0)
    tile = tl.program_id(1) * TILES + tl.arange(0, TILES)[:, None, None]
    # One word a thread, whose 8 codes are neighbours in K; the words of a row follow each other.
    w = tl.arange(0, WORDS)[None, :, None]
    chunk = w % (GROUP // 8)
    row = w // (GROUP // 8)
    step, lane = chunk // 4, chunk % 4
    half, r = row // 8, row % 8
    i = tl.arange(0, 8)[None, None, :]
    shift = 4 * (i // 2) + 16 * (i % 2)
    live = tile < n_tiles
    place = (tile * n_groups + group) * (WORDS * PLANES) + half * (32 * STEPS)
    place += (r * 4 + lane) * STEPS + step
    word = tl.load(words_ptr + place, mask=live, other=0)
    if PLANES == 2:
        scale_place = (tile * 8 + r) * 2 + half
        low = tl.load(words_ptr + place + WORDS, mask=live, other=0)
        level = 16.0 * _codes(word, shift) + _codes(low, shift) - 128.0
    else:
        # A chunk of several groups has a scale for each.
        own_group = (tile * n_groups + group) * RATIO + step * RATIO // STEPS
        scale_place = (own_group * 8 + r) * 2 + half
        zero = 8.0
        if HAS_ZEROS:
            zero = tl.load(zeros_ptr + scale_place, mask=live, other=0.0).to(tl.float32)
        level = _codes(word, shift) - zero
    scale = tl.load(scales_ptr + scale_place, mask=live, other=0.0).to(tl.float32)
    n = tile * 16 + row
    if PAIRED:
        block = n // (2 * n_pairs)
        in_block = n % (2 * n_pairs)
        n = block * (2 * n_pairs) + half * n_pairs + in_block // 16 * 8 + r
    k = group * GROUP + chunk * 8 + i
    out = (level * scale).to(tl.float16)
    tl.store(out_ptr + n.to(tl.int64) * K + k, out, mask=live & (n < N))


def unpack_float16(weight: PackedWeight, n_pairs: int = 0, out: Tensor | None = None) -> Tensor:
    """The weight in float16 with its rows in natural order; `dequantize` defines the numbers.

    Shapes: -> [N, K] float16, in `out` [at least N * K] where that is given.
    Traffic: the packed weight read, 2 * N * K bytes written.
    """
    N, K = weight.n_rows, weight.n_columns
    device = weight.words.device
    if out is None:
        out = torch.empty(N * K, dtype=torch.float16, device=device)
    dense = out[: N * K].view(N, K)
    n_tiles, n_groups = weight.words.shape[:2]
    assert n_tiles * TILE_ROWS >= N
    _unpack[(n_groups, triton.cdiv(n_tiles, BLOCK_TILES))](
        weight.words,
        weight.scales,
        weight.scales if weight.zeros is None else weight.zeros,
        dense,
        N,
        K,
        n_groups,
        n_tiles,
        n_pairs,
        GROUP=32 * weight.words.shape[-1],
        RATIO=1
        if isinstance(weight, Int8Weight)
        else 32 * weight.words.shape[-1] // weight.group_size,
        TILES=BLOCK_TILES,
        PLANES=2 if isinstance(weight, Int8Weight) else 1,
        HAS_ZEROS=weight.zeros is not None,
        PAIRED=n_pairs > 0,
        num_warps=4,
    )
    return dense
