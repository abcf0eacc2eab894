"""8-bit packing: the round trip, the rounding and the matmul on it."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kernels.packing8 import pack_int8, quantize_int8, unpack_int8
from kernels.quantized_reference import dequantize


@given(st.integers(1, 40), st.sampled_from([32, 64, 96, 128, 320]), st.integers(0, 2**31))
def test_unpack_returns_what_pack_was_given(N: int, K: int, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    codes = torch.randint(0, 256, (N, K), generator=generator, dtype=torch.uint8)
    scales = torch.rand(N, generator=generator).bfloat16()
    back_codes, back_scales = unpack_int8(pack_int8(codes, scales))
    assert torch.equal(back_codes, codes)
    assert torch.equal(back_scales, scales)


def test_no_weight_is_further_from_its_level_than_rounding_explains() -> None:
    weight = torch.randn(33, 96)
    weight[4] = 0
    packed = pack_int8(*quantize_int8(weight))
    step = packed.scales.float().abs().max()
    error = (dequantize(packed) - weight).abs()
    assert bool((error <= 0.51 * step + 0.004 * weight.abs()).all())
    assert bool((dequantize(packed)[4] == 0).all())
    assert packed.n_bytes == 48 * 96 + 48 * 2


def test_shapes_and_numbers_that_cannot_be_packed_are_refused() -> None:
    with pytest.raises(ValueError, match="do not fit codes"):
        pack_int8(torch.zeros(4, 32, dtype=torch.uint8), torch.ones(5))
    with pytest.raises(ValueError, match="48 columns"):
        pack_int8(torch.zeros(4, 48, dtype=torch.uint8), torch.ones(4))
    with pytest.raises(ValueError, match="NaN or infinity"):
        quantize_int8(torch.tensor([[1.0, torch.inf]]))
