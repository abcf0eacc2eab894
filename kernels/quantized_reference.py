"""The definition of every operation on quantised weights, in plain torch, in float32."""

from __future__ import annotations

from torch import Tensor

from kernels.packing import Int4Weight, unpack


def dequantize(weight: Int4Weight) -> Tensor:
    """The weight as numbers: `scale * (code - zero)`.

    Shapes: -> [N, K] float32.
    """
    codes, scales, zeros = unpack(weight)
    per_column = (scales.float(), zeros.float())
    scale, zero = (value.repeat_interleave(weight.group_size, dim=1) for value in per_column)
    return scale * (codes.float() - zero)


def int4_linear(x: Tensor, weight: Int4Weight) -> Tensor:
    """Multiplies by a 4-bit weight stored with one output per row: `x @ weight.T`.

    Shapes: x [M, K] -> [M, N] in the dtype of x.
    Traffic: N * K / 2 bytes of codes and 2 * N * K / Q bytes of scales, twice that with zeros.
    """
    return (x.float() @ dequantize(weight).T).to(x.dtype)
