# mypy: ignore-errors
"""Attention of a few query tokens over a long cache, split along the cache.

The cache is read once, by all programs at a time: each takes a key-value head and a part of the
keys and keeps a running softmax; the one of a head that finishes last joins the parts in their
order, so two runs give the same bits and no second kernel is launched.

- One query row per head (`_attend_one_row`: one token, no grouped heads) needs no tensor cores.
  Every slot of keys that a thread holds keeps a softmax of its own until the end, so that the loop
  exchanges nothing between warps.
- More rows (`_attend_rows`) share each key through the tensor cores.
"""

from __future__ import annotations

import math

import torch
import triton
import triton.language as tl
from torch import Tensor

from kernels.gpu.arrivals import arrival_counters
from kernels.gpu.matrix_product import dot
from kernels.gpu.tuned import AttentionConfig, attention_config
from kernels.step import LayerCache, Places

# Lower than any score and finite, so that differences of two of them are no NaN.
LOWEST = tl.constexpr(-1.0e30)
# More rows in one program would share each key further, and be joined by fewer programs.
BLOCK_ROWS = 32


@triton.jit
def _load_keys(
    ptrs,
    start,
    length,
    D: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_S: tl.constexpr,
    TAIL: tl.constexpr,
):
    """Loads a block of keys or values; only the tail, which the length cuts, is masked by row.

    Masks by row on every block cost 113 us instead of 68 for 32 heads of 16,384 keys.
    """
    mask = (tl.arange(0, BLOCK_D) < D)[None, :]
    if TAIL:
        mask = mask & (start + tl.arange(0, BLOCK_S) < length)[:, None]
    return tl.load(ptrs + start * D, mask=mask, other=0.0, eviction_policy="evict_first")


@triton.jit
def _see_in_slots(best, weight, acc, q, k, v, seen, SLOTS: tl.constexpr):
    """Takes a block of keys into the running softmax of every slot."""
    ROUNDS: tl.constexpr = k.shape[0] // SLOTS
    score = tl.sum(k.to(tl.float32) * q[None, :], axis=1)
    score = tl.reshape(tl.where(seen, score, LOWEST), (ROUNDS, SLOTS))
    higher = tl.maximum(best, tl.max(score, axis=0))
    # A slot without a key counts nothing; its share would be nought when the slots join anyway.
    p = tl.where(score > LOWEST, tl.exp2(score - higher[None, :]), 0.0)
    fade = tl.exp2(best - higher)
    weight = weight * fade + tl.sum(p, axis=0)
    v = tl.reshape(v, (ROUNDS, SLOTS, v.shape[1])).to(tl.float32)
    acc = acc * fade[:, None] + tl.sum(p[:, :, None] * v, axis=0)
    return higher, weight, acc


@triton.jit
def _see_in_rows(best, weight, acc, q, k, v, seen, scale, INTERPRETED: tl.constexpr):
    """Takes a block of keys into the running softmax of every row."""
    score = tl.where(seen, dot(q, tl.trans(k), INTERPRETED) * scale, LOWEST)
    higher = tl.maximum(best, tl.max(score, axis=1))
    p = tl.where(seen, tl.exp2(score - higher[:, None]), 0.0)
    fade = tl.exp2(best - higher)
    weight = weight * fade + tl.sum(p, axis=1)
    acc = acc * fade[:, None] + dot(p.to(v.dtype), v, INTERPRETED)
    return higher, weight, acc


@triton.jit
def _attend_one_row(
    q_ptr,
    k_ptrs,
    v_ptrs,
    first,
    last,
    length,
    scale,
    D: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_S: tl.constexpr,
    SLOTS: tl.constexpr,
    STAGES: tl.constexpr,
):
    """-> sums [1, BLOCK_D], largest score [1] and weight [1] of one row over keys first to last."""
    d = tl.arange(0, BLOCK_D)
    s = tl.arange(0, BLOCK_S)
    q = tl.load(q_ptr + d, mask=d < D, other=0.0).to(tl.float32) * scale
    best = tl.full((SLOTS,), LOWEST, tl.float32)
    weight = tl.zeros((SLOTS,), tl.float32)
    acc = tl.zeros((SLOTS, BLOCK_D), tl.float32)
    whole = tl.minimum(last, length // BLOCK_S * BLOCK_S)
    for start in tl.range(first, whole, BLOCK_S, num_stages=STAGES):
        k = _load_keys(k_ptrs, start, length, D, BLOCK_D, BLOCK_S, False)
        v = _load_keys(v_ptrs, start, length, D, BLOCK_D, BLOCK_S, False)
        best, weight, acc = _see_in_slots(best, weight, acc, q, k, v, s < BLOCK_S, SLOTS)
    for start in tl.range(tl.maximum(first, whole), last, BLOCK_S, num_stages=1):
        k = _load_keys(k_ptrs, start, length, D, BLOCK_D, BLOCK_S, True)
        v = _load_keys(v_ptrs, start, length, D, BLOCK_D, BLOCK_S, True)
        best, weight, acc = _see_in_slots(best, weight, acc, q, k, v, start + s < length, SLOTS)
    top = tl.max(best, axis=0)
    share = tl.exp2(best - top)
    sums = tl.sum(acc * share[:, None], axis=0)[None, :]
    nought = tl.zeros((1,), tl.float32)
    return sums, nought + top, nought + tl.sum(weight * share, axis=0)


@triton.jit
def _attend_rows(
    q_ptrs,
    q_mask,
    k_ptrs,
    v_ptrs,
    first,
    last,
    length,
    newest,
    scale,
    D: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_S: tl.constexpr,
    ROWS: tl.constexpr,
    STAGES: tl.constexpr,
    INTERPRETED: tl.constexpr,
):
    """-> sums [ROWS, BLOCK_D], largest scores [ROWS] and weights [ROWS]; row r sees newest[r]."""
    s = tl.arange(0, BLOCK_S)
    q = tl.load(q_ptrs, mask=q_mask, other=0.0)
    best = tl.full((ROWS,), LOWEST, tl.float32)
    weight = tl.zeros((ROWS,), tl.float32)
    acc = tl.zeros((ROWS, BLOCK_D), tl.float32)
    whole = tl.minimum(last, length // BLOCK_S * BLOCK_S)
    for start in tl.range(first, whole, BLOCK_S, num_stages=STAGES):
        k = _load_keys(k_ptrs, start, length, D, BLOCK_D, BLOCK_S, False)
        v = _load_keys(v_ptrs, start, length, D, BLOCK_D, BLOCK_S, False)
        seen = (start + s)[None, :] <= newest[:, None]
        best, weight, acc = _see_in_rows(best, weight, acc, q, k, v, seen, scale, INTERPRETED)
    for start in tl.range(tl.maximum(first, whole), last, BLOCK_S, num_stages=1):
        k = _load_keys(k_ptrs, start, length, D, BLOCK_D, BLOCK_S, True)
        v = _load_keys(v_ptrs, start, length, D, BLOCK_D, BLOCK_S, True)
        seen = (start + s)[None, :] <= newest[:, None]
        best, weight, acc = _see_in_rows(best, weight, acc, q, k, v, seen, scale, INTERPRETED)
    return acc, best, weight


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
    S,
    T,
    n_later,
    least_keys,
    H,
    k_head_stride,
    v_head_stride,
    scale,
    REPEAT: tl.constexpr,
    ROWS: tl.constexpr,
    ROW_BLOCKS: tl.constexpr,
    D: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_S: tl.constexpr,
    SLOTS: tl.constexpr,
    SPLIT: tl.constexpr,
    STAGES: tl.constexpr,
    HAS_LENGTH: tl.constexpr,
    HAS_BASES: tl.constexpr,
    INTERPRETED: tl.constexpr,
):
    g = tl.program_id(0)
    part = tl.program_id(1)
    # A sequence's rows come in blocks, each of which reads the cache for itself, from L2.
    b = tl.program_id(2) // ROW_BLOCKS
    row_block = tl.program_id(2) % ROW_BLOCKS
    length = tl.load(length_ptr + b).to(tl.int32) + n_later if HAS_LENGTH else S
    base = tl.load(bases_ptr + b).to(tl.int64) * D if HAS_BASES else 0
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
        acc, best, weight = _attend_one_row(
            q_ptr + g * D,
            k_ptrs,
            v_ptrs,
            first,
            last,
            length,
            scale,
            D,
            BLOCK_D,
            BLOCK_S,
            SLOTS,
            STAGES,
        )
    else:
        acc, best, weight = _attend_rows(
            q_ptr + cell,
            live,
            k_ptrs,
            v_ptrs,
            first,
            last,
            length,
            length - T + t,
            scale,
            D,
            BLOCK_D,
            BLOCK_S,
            ROWS,
            STAGES,
            INTERPRETED,
        )
    if SPLIT == 1:
        tl.store(out_ptr + cell, (acc / weight[:, None]).to(out_ptr.dtype.element_ty), mask=live)
    else:
        # Per part: the sums [ROWS, BLOCK_D], then the largest scores and the weights [ROWS].
        SIZE: tl.constexpr = ROWS * (BLOCK_D + 2)
        cells = r[:, None] * BLOCK_D + d
        part_ptr = partials_ptr + (g * SPLIT + part) * SIZE
        tl.store(part_ptr + cells, acc)
        tl.store(part_ptr + ROWS * BLOCK_D + r, best)
        tl.store(part_ptr + ROWS * (BLOCK_D + 1) + r, weight)
        # Every thread's part must be written before this program counts as arrived.
        tl.debug_barrier()
        arrived = tl.atomic_add(counters_ptr + g, 1, sem="acq_rel")
        if arrived == n_parts - 1:
            tl.debug_barrier()
            best = tl.full((ROWS,), LOWEST, tl.float32)
            weight = tl.zeros((ROWS,), tl.float32)
            acc = tl.zeros((ROWS, BLOCK_D), tl.float32)
            for i in tl.range(0, n_parts):
                other_ptr = partials_ptr + (g * SPLIT + i) * SIZE
                sums = tl.load(other_ptr + cells, cache_modifier=".cg")
                top = tl.load(other_ptr + ROWS * BLOCK_D + r, cache_modifier=".cg")
                share = tl.load(other_ptr + ROWS * (BLOCK_D + 1) + r, cache_modifier=".cg")
                higher = tl.maximum(best, top)
                fade = tl.exp2(best - higher)
                gain = tl.exp2(top - higher)
                weight = weight * fade + share * gain
                acc = acc * fade[:, None] + sums * gain[:, None]
                best = higher
            tl.store(
                out_ptr + cell, (acc / weight[:, None]).to(out_ptr.dtype.element_ty), mask=live
            )
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
    _launch(query, keys, values, out, query.shape[0], keys.shape[1], length=length, config=config)
    return out


def pool_attention(
    query: Tensor, places: Places, cache: LayerCache, config: AttentionConfig | None = None
) -> Tensor:
    """Attention of every sequence's new tokens over its part of the pool.

    `kernels.step_reference.PlainStep.attend` defines it.

    Shapes: query [M, H, D] in the cache's dtype -> [M, H * D] bfloat16.
    Traffic: 2 * G * D elements a position of each sequence.
    """
    out = torch.empty(query.shape, dtype=torch.bfloat16, device=query.device)
    _launch(
        query,
        cache.keys,
        cache.values,
        out,
        places.n_new,
        places.room,
        length=places.starts,
        n_later=places.n_new,
        bases=places.bases,
        config=config,
    )
    return out.flatten(1)


def _launch(
    query: Tensor,
    keys: Tensor,
    values: Tensor,
    out: Tensor,
    T: int,
    S: int,
    *,
    length: Tensor | None = None,
    n_later: int = 0,
    bases: Tensor | None = None,
    config: AttentionConfig | None = None,
) -> None:
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
    # As many keys as the threads hold at 8 numbers, one load, each.
    slots = min(config.block_s, max(1, config.n_warps * 256 // block_d))
    _decode_attention[(G, config.split, B * row_blocks)](
        query,
        keys,
        values,
        out,
        partials,
        counters,
        out if length is None else length,
        out if bases is None else bases,
        S,
        T,
        n_later,
        config.least_keys,
        H,
        keys.stride(0),
        values.stride(0),
        math.log2(math.e) / math.sqrt(D),
        REPEAT=H // G,
        ROWS=n_rows,
        ROW_BLOCKS=row_blocks,
        D=D,
        BLOCK_D=block_d,
        BLOCK_S=config.block_s,
        SLOTS=slots,
        SPLIT=config.split,
        STAGES=config.n_stages,
        HAS_LENGTH=length is not None,
        HAS_BASES=bases is not None,
        INTERPRETED=not query.is_cuda,
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
