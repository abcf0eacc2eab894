"""Packed matrices hold what was packed, wherever a channel ends."""

from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from kernels.cpu.packing import (
    pack_codes,
    pack_matrix,
    pack_pair,
    packed_shape,
    quantize_channels,
    unpack_codes,
    unpack_pair,
)


@given(n=st.integers(1, 40), k=st.integers(1, 40), seed=st.integers(0, 9))
def test_unpacking_gives_back_every_code(n: int, k: int, seed: int) -> None:
    random = torch.Generator().manual_seed(seed)
    codes = torch.randint(-127, 128, (n, k), generator=random).to(torch.int8)
    packed = pack_codes(codes)
    assert tuple(packed.shape) == packed_shape(n, k)
    assert torch.equal(unpack_codes(packed, n, k), codes)


def test_padding_stands_for_zero() -> None:
    packed = pack_codes(torch.full((17, 5), 3, dtype=torch.int8))
    whole = unpack_codes(packed, 32, 8)
    assert not whole[17:].any()
    assert not whole[:, 5:].any()


def test_four_weights_of_sixteen_channels_lie_together() -> None:
    codes = torch.arange(16 * 8).view(16, 8).sub(64).to(torch.int8)
    first = pack_codes(codes)[0, 0].flatten()
    assert torch.equal(first.to(torch.int16) - 128, codes[:, :4].flatten().to(torch.int16))


def test_the_largest_weight_of_a_channel_is_exact_and_no_error_exceeds_half_a_step() -> None:
    weight = torch.randn(20, 33, generator=torch.Generator().manual_seed(0))
    codes, scale = quantize_channels(weight)
    assert codes.abs().amax(1).tolist() == [127] * 20
    error = (codes.float() * scale[:, None] - weight).abs()
    assert bool((error <= scale[:, None] * 0.5001).all())


def test_a_channel_of_zeros_has_the_scale_zero() -> None:
    codes, scale = quantize_channels(torch.zeros(3, 4))
    assert (codes.abs().max().item(), scale.tolist()) == (0, [0.0] * 3)


def test_gates_and_ups_alternate_block_by_block() -> None:
    random = torch.Generator().manual_seed(1)
    gate, up = (torch.randn(37, 10, generator=random) for _ in range(2))
    pair = pack_pair(gate, up)
    assert torch.equal(pair.packed[0], pack_matrix(gate).packed[0])
    assert torch.equal(pair.packed[1], pack_matrix(up).packed[0])
    for found, weight in zip(unpack_pair(pair), (gate, up), strict=True):
        expected = pack_matrix(weight)
        assert torch.equal(found.packed, expected.packed)
        assert torch.equal(found.scale, expected.scale)
