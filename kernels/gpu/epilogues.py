# mypy: ignore-errors
"""What a matmul of the step does with its sums before they reach memory.

Each takes the two rows of every pair of a block (`kernels.paired_rows`), float32 and of shape
[PAIRS, BLOCK_M], so that the same code finishes a fused matmul on packed weights and a separate
pass over what the vendor library wrote (`kernels.gpu.finish`).
"""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def stream_scale(squares_ptr, m, M, C, eps, N_SQUARES: tl.constexpr, PARTS: tl.constexpr):
    """1 / root mean square of each row of the stream -> [1, BLOCK_M]."""
    part = tl.arange(0, PARTS)[:, None]
    live = (part < N_SQUARES) & (m < M)
    squares = tl.load(squares_ptr + part * M + m, mask=live, other=0.0)
    return (1.0 / tl.sqrt(tl.sum(squares, axis=0) / C + eps))[None, :]


@triton.jit
def store_rows(out_ptr, first, second, row, m, M, N):
    """Writes sums as they are; row [PAIRS, 1] is the first one's, the second is 8 below."""
    out_ptrs = out_ptr + m * N + row
    tl.store(out_ptrs, first.to(out_ptr.dtype.element_ty), mask=(row < N) & (m < M))
    tl.store(out_ptrs + 8, second.to(out_ptr.dtype.element_ty), mask=(row + 8 < N) & (m < M))


@triton.jit
def add_to_stream(
    residual_ptr, x_ptr, squares_ptr, norm_ptr, first, second, row, m, block, M, N, x_scale
):
    """Adds to the residual stream, and leaves it times the norm and its squares' sum."""
    live1, live2 = (row < N) & (m < M), (row + 8 < N) & (m < M)
    cell = m * N + row
    first += tl.load(residual_ptr + cell, mask=live1, other=0.0)
    second += tl.load(residual_ptr + cell + 8, mask=live2, other=0.0)
    tl.store(residual_ptr + cell, first, mask=live1)
    tl.store(residual_ptr + cell + 8, second, mask=live2)
    norm1 = tl.load(norm_ptr + row, mask=row < N, other=0.0)
    norm2 = tl.load(norm_ptr + row + 8, mask=row + 8 < N, other=0.0)
    tl.store(x_ptr + cell, (first * norm1 * x_scale).to(x_ptr.dtype.element_ty), mask=live1)
    tl.store(x_ptr + cell + 8, (second * norm2 * x_scale).to(x_ptr.dtype.element_ty), mask=live2)
    # Rows beyond N were multiplied by nothing, so they add nothing.
    squares = tl.sum(tl.where(live1, first * first, 0.0) + tl.where(live2, second * second, 0.0), 0)
    tl.store(squares_ptr + block * M + m, squares[None, :], mask=m < M)


@triton.jit
def gate(out_ptr, first, second, pair, m, M, F, x_scale):
    """SiLU of the gate times up. Pair f of the whole matrix becomes column f."""
    gated = first / (1.0 + tl.exp(-first)) * second * x_scale
    tl.store(out_ptr + m * F + pair, gated.to(out_ptr.dtype.element_ty), mask=(pair < F) & (m < M))


@triton.jit
def rotate_and_cache(
    query_ptr,
    keys_ptr,
    values_ptr,
    bias_ptr,
    cos_ptr,
    sin_ptr,
    starts_ptr,
    bases_ptr,
    pages_ptr,
    first,
    second,
    pair,
    m,
    M,
    T,
    head_stride,
    position_stride,
    n_pages,
    PAGE: tl.constexpr,
    H: tl.constexpr,
    G: tl.constexpr,
    D: tl.constexpr,
    HAS_BIAS: tl.constexpr,
):
    """Bias, rotation, and the way of each head: queries out, keys and values into the pool."""
    HALF: tl.constexpr = D // 2
    head = pair // HALF
    d = pair % HALF
    live = (head < H + 2 * G) & (m < M)
    b = m // T
    start = tl.load(starts_ptr + b, mask=m < M, other=0).to(tl.int32)
    base = tl.load(bases_ptr + b, mask=m < M, other=0)
    position = start + m % T
    if HAS_BIAS:
        first += tl.load(bias_ptr + head * D + d, mask=head < H + 2 * G, other=0.0)
        second += tl.load(bias_ptr + head * D + d + HALF, mask=head < H + 2 * G, other=0.0)
    turned = live & (head < H + G)
    cos = tl.load(cos_ptr + position * HALF + d, mask=turned, other=1.0)
    sin = tl.load(sin_ptr + position * HALF + d, mask=turned, other=0.0)
    low = first * cos - second * sin
    high = second * cos + first * sin
    dtype = query_ptr.dtype.element_ty
    low, high = low.to(dtype), high.to(dtype)
    query_ptrs = query_ptr + (m * H + head) * D + d
    tl.store(query_ptrs, low, mask=live & (head < H))
    tl.store(query_ptrs + HALF, high, mask=live & (head < H))
    if PAGE > 0:
        page = tl.load(pages_ptr + b * n_pages + position // PAGE, mask=m < M, other=0)
        slot = page.to(tl.int64) * PAGE + position % PAGE
    else:
        slot = base + position
    g = (head - H).to(tl.int64)
    key_ptrs = keys_ptr + g * head_stride + slot * position_stride + d
    is_key = live & (head >= H) & (head < H + G)
    tl.store(key_ptrs, low, mask=is_key)
    tl.store(key_ptrs + HALF, high, mask=is_key)
    value_ptrs = values_ptr + (g - G) * head_stride + slot * position_stride + d
    is_value = live & (head >= H + G)
    tl.store(value_ptrs, low, mask=is_value)
    tl.store(value_ptrs + HALF, high, mask=is_value)


@triton.jit
def best_of_block(logits_ptr, best_ptr, best_id_ptr, first, second, row, m, block, n_blocks, M, N):
    """Writes the scores and the largest of the block, the lowest id among equals."""
    store_rows(logits_ptr, first, second, row, m, M, N)
    # NaN equals nothing, itself included; a block that holds nothing else brings no id.
    first = tl.where((row < N) & (first == first), first, float("-inf"))
    second = tl.where((row + 8 < N) & (second == second), second, float("-inf"))
    best = tl.maximum(tl.max(first, axis=0), tl.max(second, axis=0))[None, :]
    found = best > float("-inf")
    id1 = tl.min(tl.where(found & (first == best), row, 2147483647), axis=0)
    id2 = tl.min(tl.where(found & (second == best), row + 8, 2147483647), axis=0)
    tl.store(best_ptr + m * n_blocks + block, best, mask=m < M)
    tl.store(best_id_ptr + m * n_blocks + block, tl.minimum(id1, id2)[None, :], mask=m < M)


@triton.jit
def finish_block(
    EPILOGUE: tl.constexpr,
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
    block,
    n_blocks,
    m,
    M,
    N,
    T,
    head_stride,
    position_stride,
    n_pages,
    x_scale,
    PAGE: tl.constexpr,
    BLOCK_N: tl.constexpr,
    HAS_BIAS: tl.constexpr,
    H: tl.constexpr,
    G: tl.constexpr,
    D: tl.constexpr,
):
    """Ends one block of a matmul on packed weights, in the way that the constant names."""
    p = tl.arange(0, BLOCK_N // 2)[:, None]
    pair = block * (BLOCK_N // 2) + p
    row = block * BLOCK_N + p // 8 * 16 + p % 8
    if EPILOGUE == "plain":
        store_rows(out_ptr, first, second, row, m, M, N)
    elif EPILOGUE == "add":
        add_to_stream(
            residual_ptr,
            next_x_ptr,
            squares_ptr,
            norm_ptr,
            first,
            second,
            row,
            m,
            block,
            M,
            N,
            x_scale,
        )
    elif EPILOGUE == "gate":
        gate(out_ptr, first, second, pair, m, M, N // 2, x_scale)
    elif EPILOGUE == "qkv":
        rotate_and_cache(
            out_ptr,
            keys_ptr,
            values_ptr,
            bias_ptr,
            cos_ptr,
            sin_ptr,
            starts_ptr,
            bases_ptr,
            pages_ptr,
            first,
            second,
            pair,
            m,
            M,
            T,
            head_stride,
            position_stride,
            n_pages,
            PAGE,
            H,
            G,
            D,
            HAS_BIAS,
        )
    else:
        best_of_block(
            out_ptr, residual_ptr, next_x_ptr, first, second, row, m, block, n_blocks, M, N
        )
