"""Scales in 8 bits and zero points in 4, for files; kernels read both in bfloat16.

A positive bfloat16 whose last three bits of mantissa are empty is a number of 12 bits. Those of one
matrix lie within sixteen octaves, so that 8 bits hold them as their distance from a first one:

    bits of the bfloat16 = (byte + first) << 3,  byte 0 is 0

Nothing is lost: scales that do not allow it stay as they are.
"""

from __future__ import annotations

import torch
from torch import Tensor

from kernels.packing import LARGEST_CODE

EMPTY_BITS = 3
_LARGEST_BYTE = 255
_LARGEST_NUMBER = (1 << 12) - 1


def coarse(scales: Tensor) -> Tensor:
    """The nearest scales that leave those bits empty. Shapes: [...] bfloat16 -> the same."""
    bits = scales.view(torch.int16) + (1 << EMPTY_BITS - 1)
    return (bits >> EMPTY_BITS << EMPTY_BITS).view(torch.bfloat16)


def narrow_scales(scales: Tensor) -> tuple[Tensor, int] | None:
    """Bytes and the first one's number, or None where 8 bits do not hold the scales.

    Shapes: scales [...] bfloat16 -> [...] uint8.
    """
    bits = scales.contiguous().view(torch.int16).int()
    if bool((bits < 0).any()) or bool((bits & ((1 << EMPTY_BITS) - 1)).any()):
        return None
    numbers = bits >> EMPTY_BITS
    first = int(numbers.max()) - _LARGEST_BYTE if numbers.numel() else 0
    if bool(((numbers != 0) & (numbers <= first)).any()):
        return None
    return torch.where(numbers == 0, 0, numbers - first).to(torch.uint8), first


def wide_scales(narrow: Tensor, first: int) -> Tensor:
    """Undoes `narrow_scales`. Shapes: [...] uint8 -> [...] bfloat16.

    Raises:
        ValueError: there are no such scales.
    """
    if not -_LARGEST_BYTE <= first <= _LARGEST_NUMBER - _LARGEST_BYTE:
        raise ValueError(f"scales from {first} on lie outside of what a bfloat16 holds")
    # Bytes that would count below the first positive number are not written by us: they are 0.
    numbers = torch.where(narrow == 0, 0, narrow.int() + first).clamp_min_(0)
    return (numbers << EMPTY_BITS).to(torch.int16).view(torch.bfloat16)


def narrow_zeros(zeros: Tensor) -> Tensor:
    """Two zero points a byte, the first in the low half.

    Shapes: zeros [..., 2], whole numbers of 0 to 15 -> [...] uint8.
    """
    first, second = zeros.to(torch.uint8).unbind(-1)
    return first | (second << 4)


def wide_zeros(narrow: Tensor) -> Tensor:
    """Undoes `narrow_zeros`. Shapes: [...] uint8 -> [..., 2] bfloat16."""
    return torch.stack((narrow & LARGEST_CODE, narrow >> 4), -1).bfloat16()
