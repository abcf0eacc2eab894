"""4-bit packing: the index law, the round trip and what quantisation may lose."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from kernels.packing import GROUP_SIZES, Int4Weight, pack, pack_codes, quantize, unpack
from kernels.quantized_reference import dequantize, packed_linear

SHAPES = st.tuples(
    st.integers(1, 40), st.integers(1, 3), st.sampled_from(GROUP_SIZES), st.integers(0, 2**31)
)


@given(SHAPES, st.booleans())
def test_unpack_returns_what_pack_was_given(
    shape: tuple[int, int, int, int], with_zeros: bool
) -> None:
    n_rows, n_groups, group_size, seed = shape
    generator = torch.Generator().manual_seed(seed)
    size = (n_rows, n_groups * group_size)
    codes = torch.randint(0, 16, size, generator=generator, dtype=torch.uint8)
    scales = torch.randn(n_rows, n_groups, generator=generator).bfloat16()
    zeros = torch.randint(0, 16, (n_rows, n_groups), generator=generator, dtype=torch.uint8)
    weight = pack(codes, scales, zeros if with_zeros else None)
    back = unpack(weight)
    assert torch.equal(back[0], codes)
    assert torch.equal(back[1], scales)
    assert torch.equal(back[2], zeros if with_zeros else torch.full_like(zeros, 8))
    assert (weight.n_rows, weight.n_columns) == size


@pytest.mark.parametrize("group_size", GROUP_SIZES)
def test_every_code_lies_where_the_index_law_says(group_size: int) -> None:
    codes = torch.randint(0, 16, (32, 2 * group_size), dtype=torch.uint8)
    words = pack_codes(codes, group_size)
    for n in range(0, 32, 5):
        for k in range(2 * group_size):
            group, in_group = divmod(k, group_size)
            step, in_step = divmod(in_group, 32)
            lane, i = divmod(in_step, 8)
            word = int(words[n // 16, group, n % 16 // 8, n % 8, lane, step])
            assert (word >> (4 * (i // 2) + 16 * (i % 2))) & 15 == int(codes[n, k])


def test_fine_zero_points_come_back_and_others_are_refused() -> None:
    codes = torch.randint(0, 16, (20, 64), dtype=torch.uint8)
    scales, zeros = torch.rand(20, 2).bfloat16(), torch.randint(0, 256, (20, 2)) / 16
    weight = pack(codes, scales, zeros)
    assert weight.has_fine_zeros
    assert weight.to("cpu").has_fine_zeros
    assert torch.equal(unpack(weight)[2], zeros)
    per_column = [part.float().repeat_interleave(32, dim=1) for part in (scales, zeros)]
    assert torch.equal(dequantize(weight), per_column[0] * (codes.float() - per_column[1]))
    for wrong in (zeros + 1 / 32, -zeros - 1):
        with pytest.raises(ValueError, match="multiples of"):
            pack(codes, scales, wrong)
    with pytest.raises(ValueError, match="zero point 16"):
        pack(codes, scales, zeros.clamp(max=0) + 16)


def test_a_packed_weight_takes_half_a_byte_a_code_and_two_bytes_a_scale() -> None:
    codes, scales, zeros = quantize(torch.randn(32, 256), 128, symmetric=False)
    assert pack(codes, scales, None).n_bytes == 32 * 256 // 2 + 2 * 32 * 2
    assert pack(codes, scales, zeros).n_bytes == 32 * 256 // 2 + 4 * 32 * 2


@given(SHAPES, st.booleans())
def test_no_weight_is_further_from_its_level_than_rounding_explains(
    shape: tuple[int, int, int, int], symmetric: bool
) -> None:
    n_rows, n_groups, group_size, seed = shape
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(n_rows, n_groups * group_size, generator=generator)
    codes, scales, zeros = quantize(weight, group_size, symmetric=symmetric)
    packed = pack(codes, scales, None if symmetric else zeros)
    step = scales.float().abs().repeat_interleave(group_size, dim=1)
    # Half a step of rounding; a symmetric grid ends one step short on one side, and the zero
    # point and the scale are rounded too.
    assert bool(((dequantize(packed) - weight).abs() <= 1.1 * step).all())
    rms = ((dequantize(packed) - weight) / step).square().mean().sqrt()
    assert float(rms) < 0.4  # Uniform rounding alone is 0.29.


@pytest.mark.parametrize("symmetric", [True, False])
def test_a_group_of_zeros_stays_zero(symmetric: bool) -> None:
    weight = torch.randn(4, 64)
    weight[1, :32] = 0
    codes, scales, zeros = quantize(weight, 32, symmetric=symmetric)
    assert bool((dequantize(pack(codes, scales, zeros))[1, :32] == 0).all())


def test_the_twin_multiplies_by_the_dequantised_weight() -> None:
    codes = torch.tensor([[0, 15] + [8] * 30, [3] * 32], dtype=torch.uint8)
    scales = torch.tensor([[0.5], [2.0]])
    weight = pack(codes, scales, torch.tensor([[8], [1]], dtype=torch.uint8))
    x = torch.zeros(1, 32)
    x[0, :3] = torch.tensor([1.0, 10.0, 100.0])
    assert packed_linear(x, weight).tolist() == [[-4.0 + 35.0, 4.0 * 111]]


@pytest.mark.parametrize(
    ("codes", "scales", "zeros", "message"),
    [
        ((4, 64), (4, 3), None, "do not fit codes"),
        ((4, 64), (5, 2), None, "do not fit codes"),
        ((4, 64), (4, 4), None, "group size 16"),
        ((4, 64), (4, 2), (4, 1), "do not fit scales"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(
    codes: tuple[int, int], scales: tuple[int, int], zeros: tuple[int, int] | None, message: str
) -> None:
    zero_points = None if zeros is None else torch.zeros(zeros, dtype=torch.uint8)
    with pytest.raises(ValueError, match=message):
        pack(torch.zeros(codes, dtype=torch.uint8), torch.ones(scales), zero_points)


def test_codes_beyond_four_bits_are_refused() -> None:
    with pytest.raises(ValueError, match="code 16 does not fit"):
        pack(torch.full((1, 32), 16, dtype=torch.uint8), torch.ones(1, 1), None)


@pytest.mark.parametrize("bad", [torch.nan, torch.inf])
def test_a_weight_that_is_not_finite_is_refused(bad: float) -> None:
    weight = torch.randn(2, 32)
    weight[1, 3] = bad
    with pytest.raises(ValueError, match="NaN or infinity"):
        quantize(weight, 32, symmetric=True)


def test_a_packed_weight_moves_between_devices() -> None:
    weight = pack(*quantize(torch.randn(8, 32), 32, symmetric=False))
    moved = weight.to("cpu")
    assert isinstance(moved, Int4Weight)
    assert torch.equal(moved.words, weight.words)
    assert moved.zeros is not None


def test_codes_and_scales_may_be_strided_views() -> None:
    codes, scales, _ = quantize(torch.randn(32, 64), 32, symmetric=True)
    strided = pack(codes.T.contiguous().T, scales.T.contiguous().T, None)
    assert torch.equal(strided.words, pack(codes, scales, None).words)
    assert torch.equal(strided.scales, pack(codes, scales, None).scales)
