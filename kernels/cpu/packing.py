"""Matrices as the C kernels read them: int8 with one scale a channel, in blocks of 16 channels.

A block lies as [K/4, 16, 4]: one vector instruction multiplies four weights of 16 channels, and a
step reads the blocks of a matrix one after the other. Bytes are the signed weight plus 128.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.cpu.library import LANES

LEVELS = 127
ZERO = 128


@dataclass(frozen=True, slots=True)
class Int8Matrix:
    """Shapes: packed [blocks, K/4, 16, 4] uint8, scale [blocks * 16] float32; [n, k] in truth."""

    packed: Tensor
    scale: Tensor
    n: int
    k: int


def packed_shape(n: int, k: int) -> tuple[int, int, int, int]:
    """The shape of a matrix of n channels by k when it is packed."""
    return -(-n // LANES), -(-k // 4), LANES, 4


def quantize_channels(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Rounds each channel to 127 steps on either side of zero.

    Shapes: weight [N, K] -> codes [N, K] int8, scale [N] float32.
    """
    weight = weight.float()
    scale = weight.abs().amax(1) / LEVELS
    divisor = torch.where(scale > 0, scale, torch.ones_like(scale))
    codes = (weight / divisor[:, None]).round().clamp(-LEVELS, LEVELS)
    return codes.to(torch.int8), scale


def pack_codes(codes: Tensor) -> Tensor:
    """Lays channels out in blocks.

    Shapes: codes [N, K] int8 -> [blocks, K/4, 16, 4] uint8, with zeros as padding.
    """
    n, k = codes.shape
    blocks, quads, _, _ = packed_shape(n, k)
    padded = torch.full((blocks * LANES, quads * 4), ZERO, dtype=torch.uint8)
    padded[:n, :k] = (codes.to(torch.int16) + ZERO).to(torch.uint8)
    return padded.view(blocks, LANES, quads, 4).transpose(1, 2).contiguous()


def unpack_codes(packed: Tensor, n: int, k: int) -> Tensor:
    """The codes that were packed.

    Shapes: packed [blocks, K/4, 16, 4] uint8 -> [n, k] int8.
    """
    blocks, quads, _, _ = packed.shape
    rows = packed.transpose(1, 2).reshape(blocks * LANES, quads * 4)[:n, :k]
    return (rows.to(torch.int16) - ZERO).to(torch.int8)


def pack_matrix(weight: Tensor) -> Int8Matrix:
    """Quantises and packs a whole matrix. Shapes: weight [N, K]."""
    codes, scale = quantize_channels(weight)
    n, k = weight.shape
    return Int8Matrix(pack_codes(codes), pad_scale(scale), n, k)


def pack_pair(gate: Tensor, up: Tensor) -> Int8Matrix:
    """A block of gates, then the block of ups that it multiplies, in turn; n counts the pairs.

    Shapes: gate and up [F, K].
    """
    halves = [pack_matrix(weight) for weight in (gate, up)]
    packed = torch.stack([half.packed for half in halves], dim=1).flatten(0, 1)
    scale = torch.stack([half.scale.view(-1, LANES) for half in halves], dim=1).flatten()
    return Int8Matrix(packed, scale, gate.shape[0], gate.shape[1])


def unpack_pair(matrix: Int8Matrix) -> tuple[Int8Matrix, Int8Matrix]:
    """The gates and the ups of `pack_pair`."""
    halves = []
    for i in (0, 1):
        packed = matrix.packed[i::2].contiguous()
        scale = matrix.scale.view(-1, 2, LANES)[:, i].flatten()
        halves.append(Int8Matrix(packed, scale, matrix.n, matrix.k))
    return halves[0], halves[1]


def pad_scale(scale: Tensor) -> Tensor:
    """Zeros behind the scales, for whole blocks. Shapes: [N] -> [blocks * 16]."""
    return torch.nn.functional.pad(scale, (0, -scale.shape[0] % LANES))
