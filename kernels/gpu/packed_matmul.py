# mypy: ignore-errors
"""Matmuls of the decode step on packed weights, each with what follows it in the same launch."""

from __future__ import annotations

import torch
from torch import Tensor
from triton import cdiv

from kernels.gpu.packed_launch import config_of, launch
from kernels.gpu.tuned import PackedConfig
from kernels.quantized_reference import PackedWeight
from kernels.step import LayerCache, Places, Projection, Shape, Stream


def packed_linear(x: Tensor, weight: PackedWeight, config: PackedConfig | None = None) -> Tensor:
    """`x @ weight.T`; `kernels.quantized_reference.packed_linear` defines it.

    Any M works; it is made for 1 to 64, beyond which unpacking the weight for the vendor library
    is faster.

    Shapes: x [M, K] float16 -> [M, N] float16.
    Traffic: N * K / 2 bytes of codes and 2 * N * K / Q bytes of scales, twice that with zeros; at
    8 bits N * K bytes of codes and 2 * N of scales.

    Raises:
        ValueError: x is not float16, not contiguous, on another device or not [M, K].
    """
    out = torch.empty(x.shape[0], weight.n_rows, dtype=x.dtype, device=x.device)
    launch("plain", x, weight, config, out=out)
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
    launch(
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
    config = config or config_of(x, projection.weight)
    n_parts = cdiv(projection.n_rows, config.block_n)
    if stream.squares.shape[0] != n_parts:
        stream.squares = torch.empty(n_parts, x.shape[0], dtype=torch.float32, device=x.device)
    launch(
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

    Shapes: -> [M, F] float16.
    Traffic: that of `packed_linear`, with half the output.
    """
    x = stream.x
    out = torch.empty(x.shape[0], shape.F, dtype=x.dtype, device=x.device)
    launch(
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
    config = config or config_of(x, projection.weight)
    n_blocks = cdiv(V, config.block_n)
    logits = torch.empty(M, V, dtype=torch.float32, device=x.device)
    best = torch.empty(M, n_blocks, dtype=torch.float32, device=x.device)
    best_ids = torch.empty(M, n_blocks, dtype=torch.int32, device=x.device)
    launch(
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
