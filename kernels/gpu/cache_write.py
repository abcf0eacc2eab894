# mypy: ignore-errors
"""New keys and values into a pool of 8 bits: a scale for each position and head, then the codes.

A head's scale needs the whole head, of which a matmul's program holds a part; so the matmul leaves
16-bit rows and this launch, of M * G programs each for keys and values, rounds them.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl

from kernels.cache_reference import LARGEST
from kernels.gpu.dependent_launch import dependent_launch, wait_for_previous
from kernels.step import LayerCache, Places


@triton.jit
def _write(
    key_rows_ptr,
    value_rows_ptr,
    keys_ptr,
    values_ptr,
    key_scales_ptr,
    value_scales_ptr,
    starts_ptr,
    bases_ptr,
    pages_ptr,
    n_pages,
    M,
    T,
    head_stride,
    position_stride,
    scale_stride,
    largest,
    D: tl.constexpr,
    BLOCK_D: tl.constexpr,
    PAGE: tl.constexpr,
    ROUNDED: tl.constexpr,
    DEPENDENT: tl.constexpr,
):
    if DEPENDENT:
        wait_for_previous()
    m = tl.program_id(0)
    g = tl.program_id(1)
    is_value = tl.program_id(2) == 1
    rows_ptr = value_rows_ptr if is_value else key_rows_ptr
    pool_ptr = values_ptr if is_value else keys_ptr
    scales_ptr = value_scales_ptr if is_value else key_scales_ptr
    b = m // T
    position = tl.load(starts_ptr + b).to(tl.int32) + m % T
    if PAGE > 0:
        page = tl.load(pages_ptr + b * n_pages + position // PAGE).to(tl.int64)
        slot = page * PAGE + position % PAGE
    else:
        slot = tl.load(bases_ptr + b).to(tl.int64) + position
    d = tl.arange(0, BLOCK_D)
    row = tl.load(rows_ptr + (g * M + m) * D + d, mask=d < D, other=0.0).to(tl.float32)
    scale = tl.max(tl.abs(row), axis=0) / largest
    codes = row / tl.where(scale == 0.0, 1.0, scale)
    if ROUNDED:
        # Halves go to the even neighbour, as torch rounds: adding and taking this number does it.
        codes = (codes + 12582912.0) - 12582912.0
    g = g.to(tl.int64)
    place = g * head_stride + slot * position_stride
    tl.store(pool_ptr + place + d, codes.to(pool_ptr.dtype.element_ty), mask=d < D)
    tl.store(scales_ptr + g * scale_stride + slot, scale)


def write_quantized(rows: LayerCache, places: Places, cache: LayerCache) -> None:
    """Rounds new rows into their places; `kernels.cache_reference.write_cache` defines it.

    Shapes: keys and values of rows [G, M, D] float16, those of cache [G, positions, D].
    Traffic: 3 bytes an element and 4 a head.
    """
    G, M, D = rows.keys.shape
    assert cache.key_scales is not None
    assert cache.value_scales is not None
    _write[(M, G, 2)](
        rows.keys,
        rows.values,
        cache.keys,
        cache.values,
        cache.key_scales,
        cache.value_scales,
        places.starts,
        places.bases,
        places.starts if places.pages is None else places.pages,
        0 if places.pages is None else places.pages.shape[1],
        M,
        places.n_new,
        cache.keys.stride(0),
        cache.keys.stride(1),
        cache.key_scales.stride(0),
        LARGEST[cache.keys.dtype],
        D=D,
        BLOCK_D=triton.next_power_of_2(D),
        PAGE=places.page_size,
        ROUNDED=cache.keys.dtype == torch.int8,
        **dependent_launch(rows.keys.device),
        num_warps=1,
    )
