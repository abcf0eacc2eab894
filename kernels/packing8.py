"""8-bit weights: one scale per output row, stored as two planes of 4 bits.

A weight is `w[n, k] = scale[n] * (code[n, k] - 128)` with codes of 1 to 255, so it is symmetric.
Each code is `16 * high + low`, and either plane is packed as a 4-bit weight is (`kernels.packing`):

    words[tile, chunk, plane, half, row, lane, step]    with plane 0 the high one

so that one kernel multiplies by both formats.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from kernels.packing import GROUP_SIZES, pack_codes, pack_rows, unpack_codes, unpack_rows

LARGEST_STEP = 127
ZERO = 128


@dataclass(frozen=True, slots=True)
class Int8Weight:
    """A packed weight `[N, K]`; rows beyond N, up to a multiple of 16, are zero.

    Shapes: words [tiles, K / Q, 2, 2, 8, 4, Q / 32] int32, scales [tiles, 1, 8, 2] bfloat16, where
    the last two dims are row and half. Q only says how the words are cut; no scale goes with it.
    """

    words: Tensor
    scales: Tensor
    n_rows: int
    n_columns: int
    group_size: int

    @property
    def zeros(self) -> None:
        """No zero points: every one is 128."""
        return None

    @property
    def n_bytes(self) -> int:
        """The bytes that one matmul reads of it."""
        return sum(part.numel() * part.element_size() for part in (self.words, self.scales))

    def to(self, device: torch.device | str) -> Int8Weight:
        """The same weight on another device."""
        return Int8Weight(
            self.words.to(device),
            self.scales.to(device),
            self.n_rows,
            self.n_columns,
            self.group_size,
        )


def quantize_int8(weight: Tensor) -> tuple[Tensor, Tensor]:
    """Rounds a weight to the nearest of 255 levels per row, laid out for the scale as stored.

    Shapes: weight [N, K] -> codes [N, K] uint8, scales [N] bfloat16.

    Raises:
        ValueError: the weight holds a number that is not finite.
    """
    if not bool(weight.isfinite().all()):
        raise ValueError("cannot quantise a weight that holds NaN or infinity: check the source")
    scales = (weight.float().abs().amax(-1) / LARGEST_STEP).bfloat16()
    steps = weight.float() / torch.where(scales == 0, 1, scales).float()[:, None]
    codes = steps.round().clamp(-LARGEST_STEP, LARGEST_STEP) + ZERO
    return codes.to(torch.uint8), scales


def pack_int8(codes: Tensor, scales: Tensor) -> Int8Weight:
    """Packs codes and scales.

    Shapes: codes [N, K] uint8, scales [N].

    Raises:
        ValueError: shapes that do not fit together, or K is no multiple of 32.
    """
    n_rows, n_columns = codes.shape
    if scales.shape != (n_rows,):
        raise ValueError(f"scales {list(scales.shape)} do not fit codes {list(codes.shape)}")
    fitting = [size for size in GROUP_SIZES if n_columns % size == 0]
    if not fitting or n_columns == 0:
        raise ValueError(f"{n_columns} columns cannot be packed: it takes a multiple of 32")
    group_size = max(fitting)
    planes = [pack_codes(plane, group_size) for plane in (codes >> 4, codes & 15)]
    return Int8Weight(
        words=torch.stack(planes, dim=2),
        scales=pack_rows(scales[:, None]),
        n_rows=n_rows,
        n_columns=n_columns,
        group_size=group_size,
    )


def unpack_int8(weight: Int8Weight) -> tuple[Tensor, Tensor]:
    """The codes and scales that `pack_int8` was given.

    Shapes: -> codes [N, K] uint8, scales [N] bfloat16.
    """
    high, low = (unpack_codes(plane, weight.n_rows) for plane in weight.words.unbind(2))
    return (high << 4) | low, unpack_rows(weight.scales, weight.n_rows)[:, 0]
