# mypy: ignore-errors
"""Attention of a few query tokens over a long cache, split along the cache.

The cache is read once, by all programs at a time: each takes a key-value head and a part of the
keys and keeps a running softmax; the one of a head that finishes last joins the parts in their
order, so two runs give the same bits and no second kernel is launched.
"""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl
from torch import Tensor

from kernels.gpu.arrivals import arrival_counters
from kernels.gpu.attention_parts import join_attention_parts, leave_attention_part
from kernels.gpu.attention_rows import attend_one_row, attend_rows
from kernels.gpu.dependent_launch import dependent_launch, wait_for_previous
from kernels.gpu.tuned import AttentionConfig, attention_config
from kernels.step import ACTIVATION_SCALE, LayerCache, Places

# More rows in one program would share each key further, and be joined by fewer programs.
BLOCK_ROWS = 32
# Parts of many rows are read one by one, with so many reads in flight.
JOIN_STAGES = 4


@triton.jit
def _decode_attention(
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
    base *= D
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
    k_ptrs = k_ptr + base + g.to(tl.int64) * k_head_stride + s * D + d
    v_ptrs = v_ptr + base + g.to(tl.int64) * v_head_stride + s * D + d
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


def decode_attention(
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    length: Tensor | None = None,
    config: AttentionConfig | None = None,
) -> Tensor:
    """Causal attention of the last T positions; `kernels.reference.attention` defines it.

    With a length on the device, keys and values are the whole cache, of which only that many
    positions are read: the launch is then the same for every length, as a captured graph needs.

    Shapes: query [T, H, D], keys and values [G, S, D], each head contiguous, length [1] int32 or
    int64, at least T -> [T, H, D]. All but length are bfloat16.
    Traffic: 2 * G * length * D elements of the cache.

    Raises:
        ValueError: dtypes, shapes or strides other than these.
    """
    _check(query, keys, values)
    out = torch.empty_like(query)
    _launch(
        query,
        LayerCache(keys, values),
        out,
        query.shape[0],
        keys.shape[1],
        length=length,
        config=config,
    )
    return out


def pool_attention(
    query: Tensor, places: Places, cache: LayerCache, config: AttentionConfig | None = None
) -> Tensor:
    """Attention of every sequence's new tokens over its part of the pool.

    `kernels.step_reference.PlainStep.attend` defines it.

    Shapes: query [M, H, D] in the cache's dtype -> [M, H * D] float16, `ACTIVATION_SCALE` times
    its value.
    Traffic: 2 * G * D elements a position of each sequence.
    """
    out = torch.empty(query.shape, dtype=torch.float16, device=query.device)
    _launch(
        query,
        cache,
        out,
        places.n_new,
        places.room,
        length=places.starts,
        n_later=places.n_new,
        bases=places.bases if places.pages is None else None,
        pages=places.pages,
        page_size=places.page_size,
        out_scale=ACTIVATION_SCALE,
        config=config,
    )
    return out.flatten(1)


def _launch(
    query: Tensor,
    cache: LayerCache,
    out: Tensor,
    T: int,
    S: int,
    *,
    length: Tensor | None = None,
    n_later: int = 0,
    bases: Tensor | None = None,
    pages: Tensor | None = None,
    page_size: int = 0,
    out_scale: float = 1.0,
    config: AttentionConfig | None = None,
) -> None:
    keys, values = cache.keys, cache.values
    M, H, D = query.shape
    B, G = M // T, keys.shape[0]
    rows = T * (H // G)
    # The tensor cores take at least 16 rows.
    n_rows = 1 if rows == 1 else min(BLOCK_ROWS, max(16, triton.next_power_of_2(rows)))
    row_blocks = triton.cdiv(rows, n_rows)
    block_d = max(16, triton.next_power_of_2(D))
    if config is None:
        config = attention_config(rows, G * B * row_blocks, S)
    partials = counters = out
    if config.split > 1:
        size = B * row_blocks * G * config.split * n_rows * (block_d + 2)
        partials = torch.empty(size, dtype=torch.float32, device=query.device)
        counters = arrival_counters(query.device, B * row_blocks * G)
    # A block of keys lies within one page.
    block_s = min(config.block_s, page_size) if page_size else config.block_s
    # As many keys as the threads hold at 8 numbers, one load, each.
    slots = min(block_s, max(1, config.n_warps * 256 // block_d))
    _decode_attention[(G, config.split, B * row_blocks)](
        query,
        keys,
        values,
        out,
        partials,
        counters,
        out if length is None else length,
        out if bases is None else bases,
        out if cache.key_scales is None else cache.key_scales,
        out if cache.value_scales is None else cache.value_scales,
        out if pages is None else pages,
        0 if pages is None else pages.shape[1],
        S,
        T,
        n_later,
        config.least_keys,
        H,
        keys.stride(0),
        values.stride(0),
        0 if cache.key_scales is None else cache.key_scales.stride(0),
        0 if cache.value_scales is None else cache.value_scales.stride(0),
        math.log2(math.e) / math.sqrt(D),
        out_scale,
        REPEAT=H // G,
        ROWS=n_rows,
        ROW_BLOCKS=row_blocks,
        D=D,
        BLOCK_D=block_d,
        BLOCK_S=block_s,
        SLOTS=slots,
        SPLIT=config.split,
        AT_ONCE=triton.next_power_of_2(config.split) if n_rows == 1 else JOIN_STAGES,
        PAGE=page_size,
        SCALED=cache.key_scales is not None,
        STAGES=config.n_stages,
        HAS_LENGTH=length is not None,
        HAS_BASES=bases is not None,
        INTERPRETED=not query.is_cuda,
        **dependent_launch(query.device),
        num_warps=config.n_warps,
    )


def _check(query: Tensor, keys: Tensor, values: Tensor) -> None:
    T, H, D = query.shape
    G, S, _ = keys.shape
    if values.shape != keys.shape or keys.shape[2] != D or H % G:
        shapes = [list(tensor.shape) for tensor in (query, keys, values)]
        raise ValueError(f"query, keys, values {shapes} must be [T, H, D] and twice [G, S, D]")
    if not 1 <= T <= S:
        raise ValueError(f"{T} query tokens over {S} keys: the keys include the queries' own")
    for name, tensor in (("query", query), ("keys", keys), ("values", values)):
        if tensor.dtype != torch.bfloat16:
            raise ValueError(f"{name} is {tensor.dtype}: decode attention takes bfloat16")
    if not query.is_contiguous() or keys.stride()[1:] != (D, 1) or values.stride()[1:] != (D, 1):
        raise ValueError("query must be contiguous and so must every head of keys and values")
