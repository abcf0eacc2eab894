# mypy: ignore-errors
"""Attention of a few query tokens over a long cache, split along the cache.

The cache is read once, by all programs at a time (`kernels.gpu.attention_kernel`): contiguous or in
pages, in 16 bits or in 8.
"""

from __future__ import annotations

import math

import torch
import triton
from torch import Tensor

from kernels.gpu.arrivals import arrival_counters
from kernels.gpu.attention_kernel import attend_part
from kernels.gpu.dependent_launch import dependent_launch
from kernels.gpu.tuned import AttentionConfig, attention_config
from kernels.step import ACTIVATION_SCALE, LayerCache, Places

# More rows in one program would share each key further, and be joined by fewer programs.
BLOCK_ROWS = 32
# Parts of many rows are read one by one, with so many reads in flight.
JOIN_STAGES = 4


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

    Shapes: query [T, H, D], keys and values [G, S, D], the D numbers of a head side by side, length
    [1] int32 or int64, at least T -> [T, H, D]. All but length are bfloat16.
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
        is_narrow = cache.key_scales is not None
        config = attention_config(rows, G * B * row_blocks, S, is_narrow=is_narrow)
    partials = counters = out
    if config.split > 1:
        size = B * row_blocks * G * config.split * n_rows * (block_d + 2)
        partials = torch.empty(size, dtype=torch.float32, device=query.device)
        counters = arrival_counters(query.device, B * row_blocks * G)
    # A block of keys lies within one page.
    block_s = min(config.block_s, page_size) if page_size else config.block_s
    # As many keys as the threads hold at 8 numbers, one load, each.
    slots = min(block_s, max(1, config.n_warps * 256 // block_d))
    attend_part[(G, config.split, B * row_blocks)](
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
        keys.stride(1),
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
    strides = keys.stride()[1:], values.stride()[1:]
    if not query.is_contiguous() or strides[0] != strides[1] or strides[0][1] != 1:
        raise ValueError(
            "query must be contiguous, and the numbers of a head of keys and values side by side"
        )
