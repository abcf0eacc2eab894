"""Scales of 8 bits and zero points of 4 are those of 16."""

from __future__ import annotations

import pytest
import torch

from codegen.quantize.narrow_parts import (
    EMPTY_BITS,
    narrow_scales,
    narrow_zeros,
    wide_scales,
    wide_zeros,
)
from codegen.quantize.rounding import round_compensated
from kernels.packing import pack


def test_scales_that_calibrating_finds_take_eight_bits_and_come_back_bit_for_bit() -> None:
    weight = torch.randn(33, 96, generator=torch.Generator().manual_seed(3))
    weight[5] *= 1e-3
    weight[6, :32] = 0
    codes = round_compensated(weight, torch.eye(96), 32, symmetric=False)
    scales = pack(codes.codes, codes.scales, codes.zeros).scales
    narrow = narrow_scales(scales)
    assert narrow is not None
    assert narrow[0].dtype == torch.uint8
    assert torch.equal(wide_scales(*narrow), scales)
    assert bool((scales == 0).any())


@pytest.mark.parametrize(
    "scales",
    [[1.0, -1.0], [1.0, 1.0078125], [1.0, 2.0**-17], [torch.inf, 1.0], [torch.nan, 1.0]],
    ids=["negative", "fine", "far apart", "infinite", "no number"],
)
def test_other_scales_are_left_as_they_are_or_come_back_the_same(scales: list[float]) -> None:
    given = torch.tensor(scales).bfloat16()
    narrow = narrow_scales(given)
    assert narrow is None or torch.equal(
        wide_scales(*narrow).view(torch.int16), given.view(torch.int16)
    )


@pytest.mark.parametrize("first", [-10_000, 1 << 12, 1 << 40])
def test_a_file_cannot_ask_for_scales_that_there_are_not(first: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        wide_scales(torch.tensor([0, 1, 255], dtype=torch.uint8), first)


def test_zero_points_take_half_a_byte() -> None:
    zeros = torch.arange(16).repeat(4).view(2, 2, 8, 2).bfloat16()
    narrow = narrow_zeros(zeros)
    assert narrow.shape == (2, 2, 8)
    assert torch.equal(wide_zeros(narrow), zeros)


def test_a_whole_window_of_scales_fits() -> None:
    bits = torch.arange(1500, 1500 + 255, dtype=torch.int16) << EMPTY_BITS
    scales = torch.cat((torch.zeros(1), bits.view(torch.bfloat16).float())).bfloat16()
    narrow = narrow_scales(scales)
    assert narrow is not None
    assert torch.equal(wide_scales(*narrow), scales)
    wider = torch.cat((scales, (torch.tensor([1499], dtype=torch.int16) << 3).view(torch.bfloat16)))
    assert narrow_scales(wider) is None
