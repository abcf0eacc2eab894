"""Blocks of 4 bits against the gguf package's own reading, and what taking them over loses."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from gguf import GGMLQuantizationType
from gguf.quants import dequantize
from numpy.typing import NDArray

from codegen.gpu.q4_blocks import as_our_levels, read_blocks
from kernels.packing import pack
from kernels.quantized_reference import dequantize as numbers_of

Q4_K, Q4_0 = GGMLQuantizationType.Q4_K, GGMLQuantizationType.Q4_0


def random_blocks(N: int, K: int, kind: GGMLQuantizationType, seed: int = 0) -> NDArray[np.uint8]:
    """Blocks with every bit at random but their floats, as a quantiser might leave them."""
    random = np.random.default_rng(seed)
    size, block_bytes = (256, 144) if kind == Q4_K else (32, 18)
    raw = random.integers(0, 256, (N * K // size, block_bytes), dtype=np.uint8)
    scales = random.uniform(0.001, 0.01, (len(raw), 1)).astype(np.float16)
    raw[:, 0:2] = scales.view(np.uint8)
    if kind == Q4_K:
        # Zero points are about 7: minimum / scale, both of 6 bits.
        raw[:, 2:4] = (scales * np.float16(7)).view(np.uint8)
    return raw.reshape(N, -1)


@pytest.mark.parametrize("kind", [Q4_K, Q4_0])
def test_blocks_read_as_the_gguf_package_dequantises_them(kind: GGMLQuantizationType) -> None:
    raw = random_blocks(6, 512, kind)
    blocks = read_blocks(torch.from_numpy(raw), kind)
    expected = torch.from_numpy(dequantize(raw, kind))
    torch.testing.assert_close(blocks.numbers(), expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("kind", [Q4_K, Q4_0])
def test_our_levels_are_the_blocks_to_a_sixteenth_of_a_step(kind: GGMLQuantizationType) -> None:
    blocks = read_blocks(torch.from_numpy(random_blocks(40, 512, kind)), kind)
    codes, scales, zeros = as_our_levels(blocks)
    ours = numbers_of(pack(codes, scales, zeros))
    kept = (codes == blocks.codes).view(*scales.shape, -1).all(-1)
    assert kept.float().mean() > 0.5, "the codes themselves are taken over"
    error = (ours - blocks.numbers()).view(*scales.shape, -1).abs().amax(-1)
    # Half a sixteenth of a step, and half a unit of bfloat16's last place of up to 16 steps.
    limit = blocks.scales.abs() * (1 / 32 + 16 * 2**-8)
    assert bool((error[kept] <= limit[kept] + 1e-9).all())
    # Groups that do not fit are rounded again to levels that span them.
    span = blocks.scales.abs() * 15 + blocks.lows.abs()
    assert bool((error[~kept] <= span[~kept] / 15).all())


def test_groups_of_one_number_and_those_beyond_zero_keep_their_numbers() -> None:
    raw = random_blocks(1, 256, Q4_K)
    raw[:, 4:16] = 0
    raw[:, 4] = 10  # The first group's scale; its minimum is nought.
    raw[:, 9] = 20  # The second group's minimum; its scale is nought.
    raw[:, 6], raw[:, 10] = 1, 63  # A zero point of 441, far beyond the codes.
    blocks = read_blocks(torch.from_numpy(raw), Q4_K)
    codes, scales, zeros = as_our_levels(blocks)
    ours, numbers = numbers_of(pack(codes, scales, zeros)), blocks.numbers()
    groups = [slice(32 * i, 32 * i + 32) for i in range(8)]
    torch.testing.assert_close(ours[:, groups[0]], numbers[:, groups[0]], rtol=2**-8, atol=0)
    torch.testing.assert_close(ours[:, groups[1]], numbers[:, groups[1]], rtol=2**-8, atol=0)
    assert bool((numbers[:, groups[1]] == numbers[0, 32]).all())
    torch.testing.assert_close(ours[:, groups[2]], numbers[:, groups[2]], rtol=0.04, atol=0)
    assert not bool(ours[:, 96:].any())


def test_a_scale_that_is_no_number_is_damage() -> None:
    raw = random_blocks(2, 256, Q4_K)
    raw[1, 0:2] = np.array([np.nan], dtype=np.float16).view(np.uint8)
    with pytest.raises(ValueError, match="NaN or infinite"):
        read_blocks(torch.from_numpy(raw), Q4_K)
