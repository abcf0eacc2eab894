# mypy: ignore-errors
"""What follows a matmul of the vendor library: the fused matmuls' endings as passes of their own.

The library's result is read in natural order and rounded to float16; everything after that is the
code of `kernels.gpu.epilogues`.
"""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from kernels.gpu.ending_operands import ending_operands
from kernels.gpu.epilogues import finish_block, stream_scale
from kernels.step import LayerCache, Places, Shape, Stream

BLOCK_PAIRS = 64


@triton.jit
def _finish(
    y_ptr,
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
    M,
    N,
    C,
    head_stride,
    position_stride,
    n_pages,
    T,
    eps,
    x_scale,
    EPILOGUE: tl.constexpr,
    N_SQUARES: tl.constexpr,
    SQUARES: tl.constexpr,
    HAS_BIAS: tl.constexpr,
    PAGE: tl.constexpr,
    H: tl.constexpr,
    G: tl.constexpr,
    D: tl.constexpr,
    PAIRS: tl.constexpr,
    BLOCK_M: tl.constexpr,
):
    block = tl.program_id(0)
    m = tl.program_id(1) * BLOCK_M + tl.arange(0, BLOCK_M)[None, :]
    p = tl.arange(0, PAIRS)[:, None]
    pair = block * PAIRS + p
    if EPILOGUE == "add":
        column, distance = block * (2 * PAIRS) + p // 8 * 16 + p % 8, 8
    elif EPILOGUE == "gate":
        column, distance = pair, N // 2
    else:
        column, distance = pair // (D // 2) * D + pair % (D // 2), D // 2
    y_ptrs = y_ptr + m * N + column
    first = tl.load(y_ptrs, mask=(column < N) & (m < M), other=0.0).to(tl.float32)
    second = tl.load(y_ptrs + distance, mask=(column + distance < N) & (m < M), other=0.0).to(
        tl.float32
    )
    scale = 1.0 / x_scale
    if N_SQUARES > 0:
        scale = scale * stream_scale(squares_ptr, m, M, C, eps, N_SQUARES, SQUARES)
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
        first * scale,
        second * scale,
        block,
        tl.cdiv(N, 2 * PAIRS),
        m,
        M,
        N,
        T,
        head_stride,
        position_stride,
        n_pages,
        x_scale,
        PAGE,
        2 * PAIRS,
        HAS_BIAS,
        H,
        G,
        D,
    )


def finish_qkv(
    y: Tensor,
    stream: Stream,
    bias: Tensor | None,
    shape: Shape,
    places: Places,
    cache: LayerCache,
) -> Tensor:
    """Scale, bias, rotation and cache write of a projection that is already there.

    Shapes: y [M, (H + 2 * G) * D] float16 -> query [M, H, D] in the cache's dtype.
    Traffic: y once read, as many elements written.
    """
    query = torch.empty(y.shape[0], shape.H, shape.D, dtype=cache.keys.dtype, device=y.device)
    _launch(
        "qkv",
        y,
        out=query,
        squares=stream.squares,
        shape=shape,
        places=places,
        cache=cache,
        bias=bias,
    )
    return query


def finish_add(stream: Stream, y: Tensor, norm: Tensor) -> None:
    """Adds a projection to the stream and prepares the next norm.

    Shapes: y [M, C] float16.
    Traffic: the stream once read and once written.
    """
    n_parts = triton.cdiv(y.shape[1], 2 * BLOCK_PAIRS)
    if stream.squares.shape[0] != n_parts:
        stream.squares = torch.empty(n_parts, y.shape[0], dtype=torch.float32, device=y.device)
    _launch(
        "add",
        y,
        out=stream.x,
        squares=stream.squares,
        residual=stream.residual,
        next_x=stream.x,
        norm=norm,
    )


def finish_gate_up(y: Tensor, stream: Stream, shape: Shape) -> Tensor:
    """Scales and gates a projection in natural order.

    Shapes: y [M, 2 * F] float16 -> [M, F] float16.
    """
    out = torch.empty(y.shape[0], shape.F, dtype=y.dtype, device=y.device)
    _launch("gate", y, out=out, squares=stream.squares, shape=shape)
    return out


def _launch(epilogue: str, y: Tensor, *, shape: Shape | None = None, **operands: object) -> None:
    M, N = y.shape
    block_m = min(16, triton.next_power_of_2(M))
    _finish[(triton.cdiv(N, 2 * BLOCK_PAIRS), triton.cdiv(M, block_m))](
        y_ptr=y,
        M=M,
        N=N,
        C=1 if shape is None else shape.C,
        **ending_operands(epilogue, shape=shape, **operands),
        PAIRS=BLOCK_PAIRS,
        BLOCK_M=block_m,
        num_warps=4,
    )
