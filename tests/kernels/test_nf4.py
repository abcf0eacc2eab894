"""NF4: against bitsandbytes itself, and at the edges of its blocks."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from kernels.nf4 import (
    LEVELS,
    NestedScales,
    dequantize_nf4,
    dynamic_levels,
    quantize_nf4,
)


def matrix(N: int, K: int) -> Tensor:
    generator = torch.Generator().manual_seed(N * K)
    spread = torch.rand(N, 1, generator=generator)
    return (torch.randn(N, K, generator=generator) * spread).bfloat16()


@pytest.mark.parametrize("nested", [False, True])
def test_the_codes_and_numbers_are_those_of_bitsandbytes(nested: bool) -> None:
    functional = pytest.importorskip(
        "bitsandbytes.functional", reason="bitsandbytes is an optional dependency"
    )
    # More than 256 blocks, so that the nested scales have blocks of their own.
    weight = matrix(96, 640)
    codes, state = functional.quantize_4bit(
        weight, blocksize=64, quant_type="nf4", compress_statistics=nested
    )
    ours = quantize_nf4(weight, nested=nested)
    assert torch.equal(ours.codes, codes.flatten())
    assert torch.equal(ours.levels, state.code)
    if nested:
        assert isinstance(ours.scales, NestedScales)
        assert torch.equal(ours.scales.levels, state.state2.code)
        # A scale in the middle between two levels may go to either.
        apart = (ours.scales.codes.int() - state.absmax.int()).abs()
        assert int(apart.max()) <= 1
        assert float(apart.float().mean()) < 0.01
    theirs = functional.dequantize_4bit(codes, state).float()
    error = (dequantize_nf4(ours) - theirs).norm() / theirs.norm()
    assert float(error) < 3e-3  # bfloat16 against float32


@pytest.mark.parametrize("shape", [(1, 64), (3, 5), (7, 96), (64, 33)])
def test_blocks_that_straddle_rows_or_end_early_keep_their_numbers(shape: tuple[int, int]) -> None:
    weight = matrix(*shape)
    numbers = dequantize_nf4(quantize_nf4(weight, nested=False))
    flat = weight.float().flatten()
    for start in range(0, flat.numel(), 64):
        block = flat[start : start + 64]
        largest = block.abs().max()
        error = (numbers.flatten()[start : start + 64] - block).abs().max()
        # Half of the widest gap between two levels.
        assert float(error) <= float(largest) * 0.153


def test_a_block_of_zeros_is_zero_and_the_largest_number_is_kept() -> None:
    weight = torch.zeros(2, 64)
    weight[1, 9] = -3.0
    numbers = dequantize_nf4(quantize_nf4(weight, nested=False))
    assert torch.equal(numbers, weight)


def test_the_levels_of_the_scales_are_256_and_lie_around_nought() -> None:
    levels = dynamic_levels()
    assert levels.shape == (256,)
    assert bool((levels.diff() > 0).all())
    assert 0.0 in levels
    assert float(levels.max()) == 1.0
    assert torch.allclose(levels[levels < 0].abs().flip(0), levels[(levels > 0) & (levels < 1)])
    assert sorted(LEVELS) == list(LEVELS)
    assert len(LEVELS) == 16


def test_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="NaN"):
        quantize_nf4(torch.tensor([[1.0, torch.nan]]), nested=True)
