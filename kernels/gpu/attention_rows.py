# mypy: ignore-errors
"""The inside of decode attention: rows of queries over a part of the keys.

- One query row per head (`attend_one_row`: one token, no grouped heads) needs no tensor cores.
  Every slot of keys that a thread holds keeps a softmax of its own until the end, so that the loop
  exchanges nothing between warps.
- More rows (`attend_rows`) share each key through the tensor cores.

A cache of 8 bits has a scale for each position: those of the keys multiply the scores, those of the
values the shares, so that the numbers themselves are only widened.
"""

from __future__ import annotations

import triton
import triton.language as tl

from kernels.gpu.matrix_product import dot

# Lower than any score and finite, so that differences of two of them are no NaN.
LOWEST = tl.constexpr(-1.0e30)


@triton.jit
def _slot(pages_ptr, start, PAGE: tl.constexpr):
    """Where in the cache the block of keys that begins at `start` lies."""
    slot = start
    if PAGE > 0:
        slot = tl.load(pages_ptr + start // PAGE).to(tl.int64) * PAGE + start % PAGE
    return slot


@triton.jit
def _load_block(
    ptrs,
    start,
    slot,
    length,
    position_stride,
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
    return tl.load(
        ptrs + slot * position_stride, mask=mask, other=0.0, eviction_policy="evict_first"
    )


@triton.jit
def _load_scales(
    ptr, start, slot, length, BLOCK_S: tl.constexpr, SCALED: tl.constexpr, TAIL: tl.constexpr
):
    """The scales [BLOCK_S] of a block's keys or values; 1 for a cache that has none."""
    s = tl.arange(0, BLOCK_S)
    scales = tl.full((BLOCK_S,), 1.0, tl.float32)
    if SCALED:
        if TAIL:
            scales = tl.load(ptr + slot + s, mask=start + s < length, other=0.0)
        else:
            scales = tl.load(ptr + slot + s)
    return scales


@triton.jit
def _widened(numbers):
    """Numbers of 8 bits in float16. An integer becomes the mantissa of 1024 + 128 + itself, because
    the device converts integers at an eighth of the rate at which it does this.
    """
    if numbers.dtype == tl.int8:
        shifted = (numbers.to(tl.int16) + 128) | 0x6400
        numbers = shifted.to(tl.float16, bitcast=True) - 1152.0
    return numbers.to(tl.float16)


@triton.jit
def _see_in_slots(
    best, weight, acc, q, k, v, k_scale, v_scale, seen, SLOTS: tl.constexpr, SCALED: tl.constexpr
):
    """Takes a block of keys into the running softmax of every slot."""
    ROUNDS: tl.constexpr = k.shape[0] // SLOTS
    if SCALED:
        k = _widened(k)
        v = _widened(v)
    score = tl.sum(k.to(tl.float32) * q[None, :], axis=1) * k_scale
    score = tl.reshape(tl.where(seen, score, LOWEST), (ROUNDS, SLOTS))
    higher = tl.maximum(best, tl.max(score, axis=0))
    # A slot without a key counts nothing; its share would be nought when the slots join anyway.
    p = tl.where(score > LOWEST, tl.exp2(score - higher[None, :]), 0.0)
    fade = tl.exp2(best - higher)
    weight = weight * fade + tl.sum(p, axis=0)
    p = p * tl.reshape(v_scale, (ROUNDS, SLOTS))
    v = tl.reshape(v, (ROUNDS, SLOTS, v.shape[1])).to(tl.float32)
    acc = acc * fade[:, None] + tl.sum(p[:, :, None] * v, axis=0)
    return higher, weight, acc


@triton.jit
def _see_in_rows(
    best,
    weight,
    acc,
    q,
    k,
    v,
    k_scale,
    v_scale,
    seen,
    scale,
    SCALED: tl.constexpr,
    INTERPRETED: tl.constexpr,
):
    """Takes a block of keys into the running softmax of every row."""
    if SCALED:
        k = _widened(k)
        v = _widened(v)
    k = k.to(q.dtype)
    v = v.to(q.dtype)
    score = dot(q, tl.trans(k), INTERPRETED) * (k_scale * scale)[None, :]
    score = tl.where(seen, score, LOWEST)
    higher = tl.maximum(best, tl.max(score, axis=1))
    p = tl.where(seen, tl.exp2(score - higher[:, None]), 0.0)
    fade = tl.exp2(best - higher)
    weight = weight * fade + tl.sum(p, axis=1)
    acc = acc * fade[:, None] + dot((p * v_scale[None, :]).to(v.dtype), v, INTERPRETED)
    return higher, weight, acc


@triton.jit
def attend_one_row(
    q_ptr,
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
    D: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_S: tl.constexpr,
    SLOTS: tl.constexpr,
    PAGE: tl.constexpr,
    SCALED: tl.constexpr,
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
        slot = _slot(pages_ptr, start, PAGE)
        k = _load_block(k_ptrs, start, slot, length, position_stride, D, BLOCK_D, BLOCK_S, False)
        v = _load_block(v_ptrs, start, slot, length, position_stride, D, BLOCK_D, BLOCK_S, False)
        k_scale = _load_scales(k_scale_ptr, start, slot, length, BLOCK_S, SCALED, False)
        v_scale = _load_scales(v_scale_ptr, start, slot, length, BLOCK_S, SCALED, False)
        best, weight, acc = _see_in_slots(
            best, weight, acc, q, k, v, k_scale, v_scale, s < BLOCK_S, SLOTS, SCALED
        )
    for start in tl.range(tl.maximum(first, whole), last, BLOCK_S, num_stages=1):
        slot = _slot(pages_ptr, start, PAGE)
        k = _load_block(k_ptrs, start, slot, length, position_stride, D, BLOCK_D, BLOCK_S, True)
        v = _load_block(v_ptrs, start, slot, length, position_stride, D, BLOCK_D, BLOCK_S, True)
        k_scale = _load_scales(k_scale_ptr, start, slot, length, BLOCK_S, SCALED, True)
        v_scale = _load_scales(v_scale_ptr, start, slot, length, BLOCK_S, SCALED, True)
        best, weight, acc = _see_in_slots(
            best, weight, acc, q, k, v, k_scale, v_scale, start + s < length, SLOTS, SCALED
        )
    top = tl.max(best, axis=0)
    share = tl.exp2(best - top)
    sums = tl.sum(acc * share[:, None], axis=0)[None, :]
    nought = tl.zeros((1,), tl.float32)
    return sums, nought + top, nought + tl.sum(weight * share, axis=0)


@triton.jit
def attend_rows(
    q_ptrs,
    q_mask,
    k_ptrs,
    v_ptrs,
    k_scale_ptr,
    v_scale_ptr,
    pages_ptr,
    first,
    last,
    length,
    newest,
    scale,
    position_stride,
    D: tl.constexpr,
    BLOCK_D: tl.constexpr,
    BLOCK_S: tl.constexpr,
    ROWS: tl.constexpr,
    PAGE: tl.constexpr,
    SCALED: tl.constexpr,
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
        slot = _slot(pages_ptr, start, PAGE)
        k = _load_block(k_ptrs, start, slot, length, position_stride, D, BLOCK_D, BLOCK_S, False)
        v = _load_block(v_ptrs, start, slot, length, position_stride, D, BLOCK_D, BLOCK_S, False)
        k_scale = _load_scales(k_scale_ptr, start, slot, length, BLOCK_S, SCALED, False)
        v_scale = _load_scales(v_scale_ptr, start, slot, length, BLOCK_S, SCALED, False)
        seen = (start + s)[None, :] <= newest[:, None]
        best, weight, acc = _see_in_rows(
            best, weight, acc, q, k, v, k_scale, v_scale, seen, scale, SCALED, INTERPRETED
        )
    for start in tl.range(tl.maximum(first, whole), last, BLOCK_S, num_stages=1):
        slot = _slot(pages_ptr, start, PAGE)
        k = _load_block(k_ptrs, start, slot, length, position_stride, D, BLOCK_D, BLOCK_S, True)
        v = _load_block(v_ptrs, start, slot, length, position_stride, D, BLOCK_D, BLOCK_S, True)
        k_scale = _load_scales(k_scale_ptr, start, slot, length, BLOCK_S, SCALED, True)
        v_scale = _load_scales(v_scale_ptr, start, slot, length, BLOCK_S, SCALED, True)
        seen = (start + s)[None, :] <= newest[:, None]
        best, weight, acc = _see_in_rows(
            best, weight, acc, q, k, v, k_scale, v_scale, seen, scale, SCALED, INTERPRETED
        )
    return acc, best, weight
