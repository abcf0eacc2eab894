"""The definition of every operation on quantised weights, in plain torch, in float32."""

from __future__ import annotations

from torch import Tensor

from kernels.packing import Int4Weight, unpack
from kernels.packing8 import ZERO, Int8Weight, unpack_int8

PackedWeight = Int4Weight | Int8Weight
Weight = Tensor | PackedWeight


def dequantize(weight: PackedWeight) -> Tensor:
    """The weight as numbers: `scale * (code - zero)`.

    Shapes: -> [N, K] float32.
    """
    if isinstance(weight, Int8Weight):
        levels, row_scales = unpack_int8(weight)
        return row_scales.float()[:, None] * (levels.float() - ZERO)
    codes, scales, zeros = unpack(weight)
    per_column = (scales.float(), zeros.float())
    scale, zero = (value.repeat_interleave(weight.group_size, dim=1) for value in per_column)
    return scale * (codes.float() - zero)


def packed_linear(x: Tensor, weight: PackedWeight) -> Tensor:
    """Multiplies by a packed weight stored with one output per row: `x @ weight.T`.

    Shapes: x [M, K] -> [M, N] in the dtype of x.
    Traffic: N * K / 2 bytes of codes and 2 * N * K / Q bytes of scales, twice that with zeros; at
    8 bits N * K bytes of codes and 2 * N of scales.
    """
    return (x.float() @ dequantize(weight).T).to(x.dtype)
