# mypy: ignore-errors
"""Matmuls of the decode step on packed weights, each with what follows it in the same launch."""

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from kernels.gpu.arrivals import arrival_counters
from kernels.gpu.epilogues import (
    add_to_stream,
    best_of_block,
    gate,
    rotate_and_cache,
    store_rows,
    stream_scale,
)
from kernels.gpu.packed_product import (
    MAGIC,
    join_parts,
    leave_part,
    packed_product,
    split_halves,
)
from kernels.gpu.tuned import PackedConfig, packed_config
from kernels.packing import TILE_ROWS
from kernels.packing8 import Int8Weight
from kernels.quantized_reference import PackedWeight
from kernels.step import LayerCache, Places, Projection, Shape, Stream


@triton.jit
def _packed_matmul(
    x_ptr,
    words_ptr,
    scales_ptr,
    zeros_ptr,
    out_ptr,
    partials_ptr,
    counters_ptr,
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
    M,
    N,
    K,
    n_groups,
    n_tiles,
    groups_per_split,
    n_positions,
    T,
    eps,
    magic,
    EPILOGUE: tl.constexpr,
    N_SQUARES: tl.constexpr,
    SQUARES: tl.constexpr,
    HAS_BIAS: tl.constexpr,
    H: tl.constexpr,
    G: tl.constexpr,
    D: tl.constexpr,
    GROUP: tl.constexpr,
    BLOCK_M: tl.constexpr,
    M_BLOCKS: tl.constexpr,
    BLOCK_N: tl.constexpr,
    SPLIT: tl.constexpr,
    STAGES: tl.constexpr,
    PLANES: tl.constexpr,
    HAS_ZEROS: tl.constexpr,
    EVEN: tl.constexpr,
    INTERPRETED: tl.constexpr,
):
    PAIRS: tl.constexpr = BLOCK_N // 2
    # Blocks of M vary first, so that programs which read the same weights run together.
    pid = tl.program_id(0)
    pid_n = pid // M_BLOCKS
    pid_m = pid % M_BLOCKS
    pid_k = tl.program_id(1)
    first_group = pid_k * groups_per_split
    last_group = tl.minimum(first_group + groups_per_split, n_groups)
    acc = packed_product(
        x_ptr,
        words_ptr,
        scales_ptr,
        zeros_ptr,
        pid_n,
        pid_m,
        first_group,
        last_group,
        M,
        K,
        n_groups,
        n_tiles,
        magic,
        GROUP,
        BLOCK_M,
        BLOCK_N,
        STAGES,
        PLANES,
        HAS_ZEROS,
        EVEN,
        INTERPRETED,
    )
    is_last = True
    if SPLIT > 1:
        part_ptr = partials_ptr + pid * (SPLIT * BLOCK_N * BLOCK_M)
        leave_part(part_ptr, pid_k, acc, BLOCK_N, BLOCK_M)
        # Every thread's part must be written before this program counts as arrived.
        tl.debug_barrier()
        is_last = tl.atomic_add(counters_ptr + pid, 1, sem="acq_rel") == SPLIT - 1
    if is_last:
        if SPLIT > 1:
            tl.debug_barrier()
            first, second = join_parts(part_ptr, SPLIT, BLOCK_N, BLOCK_M)
            tl.store(counters_ptr + pid, 0)
        else:
            first, second = split_halves(acc, BLOCK_N, BLOCK_M)
        m = pid_m * BLOCK_M + tl.arange(0, BLOCK_M)[None, :]
        p = tl.arange(0, PAIRS)[:, None]
        pair = pid_n * PAIRS + p
        row = pid_n * BLOCK_N + p // 8 * 16 + p % 8
        if N_SQUARES > 0:
            scale = stream_scale(squares_ptr, m, M, K, eps, N_SQUARES, SQUARES)
            first *= scale
            second *= scale
        if EPILOGUE == "plain":
            store_rows(out_ptr, first, second, row, m, M, N)
        elif EPILOGUE == "add":
            add_to_stream(
                residual_ptr, next_x_ptr, squares_ptr, norm_ptr, first, second, row, m, pid_n, M, N
            )
        elif EPILOGUE == "gate":
            gate(out_ptr, first, second, pair, m, M, N // 2)
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
                first,
                second,
                pair,
                m,
                M,
                T,
                n_positions,
                H,
                G,
                D,
                HAS_BIAS,
            )
        else:
            best_of_block(
                out_ptr,
                residual_ptr,
                next_x_ptr,
                first,
                second,
                row,
                m,
                pid_n,
                tl.cdiv(N, BLOCK_N),
                M,
                N,
            )


def packed_linear(x: Tensor, weight: PackedWeight, config: PackedConfig | None = None) -> Tensor:
    """`x @ weight.T`; `kernels.quantized_reference.packed_linear` defines it.

    Any M works; it is made for 1 to 64, beyond which unpacking the weight for the vendor library
    is faster.

    Shapes: x [M, K] bfloat16 -> [M, N] bfloat16.
    Traffic: N * K / 2 bytes of codes and 2 * N * K / Q bytes of scales, twice that with zeros; at
    8 bits N * K bytes of codes and 2 * N of scales.

    Raises:
        ValueError: x is not bfloat16, not contiguous, on another device or not [M, K].
    """
    out = torch.empty(x.shape[0], weight.n_rows, dtype=x.dtype, device=x.device)
    _launch("plain", x, weight, config, out=out)
    return out


def packed_qkv(
    stream: Stream,
    projection: Projection,
    shape: Shape,
    places: Places,
    cache: LayerCache,
    config: PackedConfig | None = None,
) -> Tensor:
    """Norm, QKV projection, bias, rotation and cache write in one launch.

    `kernels.step_reference.PlainStep.qkv` defines it. The projection is in paired order.

    Shapes: -> query [M, H, D] in the cache's dtype.
    Traffic: that of `packed_linear`, and M * (H + 2 * G) * D elements written.
    """
    M = stream.x.shape[0]
    query = torch.empty(M, shape.H, shape.D, dtype=cache.keys.dtype, device=stream.x.device)
    _launch(
        "qkv",
        stream.x,
        projection.weight,
        config,
        out=query,
        squares=stream.squares,
        shape=shape,
        places=places,
        cache=cache,
        bias=projection.bias,
    )
    return query


def packed_add(
    stream: Stream,
    x: Tensor,
    projection: Projection,
    norm: Tensor,
    config: PackedConfig | None = None,
) -> None:
    """Projection into the residual stream and the next norm's preparation in one launch.

    `kernels.step_reference.PlainStep.add` defines it.

    Traffic: that of `packed_linear`, and the stream once read and once written.
    """
    config = config or _config(x, projection.weight)
    n_parts = triton.cdiv(projection.n_rows, config.block_n)
    if stream.squares.shape[0] != n_parts:
        stream.squares = torch.empty(n_parts, x.shape[0], dtype=torch.float32, device=x.device)
    _launch(
        "add",
        x,
        projection.weight,
        config,
        out=stream.x,
        squares=stream.squares,
        residual=stream.residual,
        next_x=stream.x,
        norm=norm,
    )


def packed_gate_up(
    stream: Stream, projection: Projection, shape: Shape, config: PackedConfig | None = None
) -> Tensor:
    """Norm, gate-up projection and SwiGLU in one launch.

    `kernels.step_reference.PlainStep.gate_up` defines it. The projection is in paired order.

    Shapes: -> [M, F] bfloat16.
    Traffic: that of `packed_linear`, with half the output.
    """
    x = stream.x
    out = torch.empty(x.shape[0], shape.F, dtype=x.dtype, device=x.device)
    _launch(
        "gate",
        x,
        projection.weight,
        config,
        out=out,
        squares=stream.squares,
        shape=shape,
    )
    return out


def packed_scores(
    stream: Stream, projection: Projection, shape: Shape, config: PackedConfig | None = None
) -> tuple[Tensor, Tensor, Tensor]:
    """Norm, head projection and each block's best token in one launch.

    Shapes: -> logits [M, V] float32, best [M, blocks] float32, best_ids [M, blocks] int32.
    """
    x, V = stream.x, projection.n_rows
    M = x.shape[0]
    config = config or _config(x, projection.weight)
    n_blocks = triton.cdiv(V, config.block_n)
    logits = torch.empty(M, V, dtype=torch.float32, device=x.device)
    best = torch.empty(M, n_blocks, dtype=torch.float32, device=x.device)
    best_ids = torch.empty(M, n_blocks, dtype=torch.int32, device=x.device)
    _launch(
        "best",
        x,
        projection.weight,
        config,
        out=logits,
        squares=stream.squares,
        shape=shape,
        residual=best,
        next_x=best_ids,
    )
    return logits, best, best_ids


def _config(x: Tensor, weight: PackedWeight) -> PackedConfig:
    bits = 8 if isinstance(weight, Int8Weight) else 4
    return packed_config(x.shape[0], weight.n_rows, weight.n_columns, bits)


def _launch(
    epilogue: str,
    x: Tensor,
    weight: PackedWeight,
    config: PackedConfig | None,
    *,
    out: Tensor,
    squares: Tensor | None = None,
    shape: Shape | None = None,
    places: Places | None = None,
    cache: LayerCache | None = None,
    residual: Tensor | None = None,
    next_x: Tensor | None = None,
    norm: Tensor | None = None,
    bias: Tensor | None = None,
) -> None:
    _check(x, weight)
    M, K = x.shape
    n_tiles, n_groups = weight.words.shape[:2]
    config = config or _config(x, weight)
    m_blocks = triton.cdiv(M, config.block_m)
    n_programs = triton.cdiv(n_tiles * TILE_ROWS, config.block_n) * m_blocks
    groups_per_split = triton.cdiv(n_groups, config.split_k)
    # As many parts as that leaves, so that none is empty.
    split_k = triton.cdiv(n_groups, groups_per_split)
    partials = counters = out
    if split_k > 1:
        size = n_programs * split_k * config.block_n * config.block_m
        partials = torch.empty(size, dtype=torch.float32, device=x.device)
        counters = arrival_counters(x.device, n_programs)
    n_squares = 0 if squares is None or epilogue == "add" else squares.shape[0]
    _packed_matmul[(n_programs, split_k)](
        x,
        weight.words,
        weight.scales.view(torch.int32),
        (weight.scales if weight.zeros is None else weight.zeros).view(torch.int32),
        out,
        partials,
        counters,
        out if squares is None else squares,
        out if residual is None else residual,
        out if next_x is None else next_x,
        out if norm is None else norm,
        out if bias is None else bias,
        out if places is None else places.cos,
        out if places is None else places.sin,
        out if places is None else places.starts,
        out if places is None else places.bases,
        out if cache is None else cache.keys,
        out if cache is None else cache.values,
        M,
        weight.n_rows,
        K,
        n_groups,
        n_tiles,
        groups_per_split,
        0 if cache is None else cache.keys.shape[1],
        1 if places is None else places.n_new,
        0.0 if shape is None else shape.rms_eps,
        MAGIC,
        EPILOGUE=epilogue,
        N_SQUARES=n_squares,
        SQUARES=triton.next_power_of_2(max(1, n_squares)),
        HAS_BIAS=bias is not None,
        H=1 if shape is None else shape.H,
        G=1 if shape is None else shape.G,
        D=2 if shape is None else shape.D,
        GROUP=weight.group_size,
        BLOCK_M=config.block_m,
        M_BLOCKS=m_blocks,
        BLOCK_N=config.block_n,
        SPLIT=split_k,
        STAGES=config.n_stages,
        PLANES=2 if isinstance(weight, Int8Weight) else 1,
        HAS_ZEROS=weight.zeros is not None,
        EVEN=n_tiles * TILE_ROWS % config.block_n == 0,
        INTERPRETED=not x.is_cuda,
        num_warps=config.n_warps,
    )


def _check(x: Tensor, weight: PackedWeight) -> None:
    if x.dim() != 2 or x.shape[0] == 0 or x.shape[1] != weight.n_columns:
        raise ValueError(f"x is {list(x.shape)}: it must be [M, {weight.n_columns}] with M >= 1")
    if x.dtype != torch.bfloat16 or not x.is_contiguous():
        raise ValueError(f"x is {x.dtype} with strides {x.stride()}: make it contiguous bfloat16")
    if x.device != weight.words.device:
        raise ValueError(f"x is on {x.device}, the weight on {weight.words.device}: move one")
