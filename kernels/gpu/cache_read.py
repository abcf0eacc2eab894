# mypy: ignore-errors
"""Keys and values of one sequence, gathered from wherever they lie and widened to 16 bits.

A prompt's attention is the vendor's, which wants whole heads of 16 bits. It reads a contiguous
cache of 16 bits where it is; of any other this makes a copy first.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from kernels.step import LayerCache

BLOCK_S = 32


@triton.jit
def _read(
    slots_ptr,
    pool_ptr,
    scales_ptr,
    out_ptr,
    S,
    head_stride,
    position_stride,
    scale_stride,
    D: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_S: tl.constexpr,
    SCALED: tl.constexpr,
):
    g = tl.program_id(1).to(tl.int64)
    s = tl.program_id(0) * BLOCK_S + tl.arange(0, BLOCK_S)
    slot = tl.load(slots_ptr + s, mask=s < S, other=0)
    d = tl.arange(0, BLOCK_D)[None, :]
    live = (s < S)[:, None] & (d < D)
    row_ptrs = pool_ptr + g * head_stride + slot[:, None] * position_stride
    row = tl.load(row_ptrs + d, mask=live, other=0.0).to(tl.float32)
    if SCALED:
        scale = tl.load(scales_ptr + g * scale_stride + slot, mask=s < S, other=0.0)
        row = row * scale[:, None]
    out_ptrs = out_ptr + (g * S + s[:, None]) * D + d
    tl.store(out_ptrs, row.to(out_ptr.dtype.element_ty), mask=live)


def read_positions(cache: LayerCache, slots: Tensor) -> tuple[Tensor, Tensor]:
    """Keys and values at some slots; `kernels.cache_reference.read_cache` defines them.

    Shapes: slots [S] int64 -> twice [G, S, D] float16.
    Traffic: the positions read once, and 4 * G * S * D bytes written.
    """
    G, _, D = cache.keys.shape
    S = slots.shape[0]
    out = torch.empty(2, G, S, D, dtype=torch.float16, device=slots.device)
    parts = ((cache.keys, cache.key_scales), (cache.values, cache.value_scales))
    for i, (pool, scales) in enumerate(parts):
        _read[(triton.cdiv(S, BLOCK_S), G)](
            slots,
            pool,
            slots if scales is None else scales,
            out[i],
            S,
            pool.stride(0),
            pool.stride(1),
            0 if scales is None else scales.stride(0),
            D=D,
            BLOCK_D=triton.next_power_of_2(D),
            BLOCK_S=BLOCK_S,
            SCALED=scales is not None,
            num_warps=4,
        )
    return out[0], out[1]
