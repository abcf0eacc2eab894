"""Unpacking for the vendor library against the definition of the packed formats."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip("triton", reason="the GPU kernels need Triton, which is not installed")

from kernels.gpu.unpack import unpack_float16
from kernels.packing import Int4Weight, in_chunks, pack, quantize
from kernels.packing8 import pack_int8, quantize_int8
from kernels.paired_rows import pair_rows
from kernels.quantized_reference import PackedWeight, dequantize

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def packed(dense: torch.Tensor, kind: str, group_size: int) -> PackedWeight:
    if kind == "int8":
        return pack_int8(*quantize_int8(dense))
    codes, scales, zeros = quantize(dense, group_size, symmetric=kind == "int4")
    return pack(codes, scales, None if kind == "int4" else zeros)


@pytest.mark.parametrize("kind", ["int4", "int4-zeros", "int8"])
@pytest.mark.parametrize("group_size", [32, 64, 128])
@pytest.mark.parametrize("N", [16, 40, 96])
def test_every_number_is_the_definitions_in_its_place(kind: str, group_size: int, N: int) -> None:
    torch.manual_seed(N)
    weight = packed(torch.randn(N, 2 * group_size, device=DEVICE), kind, group_size)
    out = torch.full((2 * N * 2 * group_size,), torch.nan, dtype=torch.float16, device=DEVICE)
    dense = unpack_float16(weight, out=out)
    # A product rounded once; the interpreter cuts it off where a device rounds it.
    torch.testing.assert_close(dense.float(), dequantize(weight), rtol=2**-7, atol=0)
    assert bool(out[N * 2 * group_size :].isnan().all()), "written beyond the weight"


@pytest.mark.parametrize(("group_size", "n_groups"), [(32, 8), (32, 6), (64, 4)])
def test_chunks_of_groups_unpack_to_the_same_numbers(group_size: int, n_groups: int) -> None:
    dense = torch.randn(40, group_size * n_groups, device=DEVICE)
    weight = packed(dense, "int4-zeros", group_size)
    assert isinstance(weight, Int4Weight)
    assert torch.equal(unpack_float16(in_chunks(weight)), unpack_float16(weight))


@pytest.mark.parametrize("kind", ["int4", "int8"])
@pytest.mark.parametrize(("blocks", "n_pairs"), [(3, 16), (1, 40)])
def test_paired_rows_come_back_in_natural_order(kind: str, blocks: int, n_pairs: int) -> None:
    dense = torch.randn(blocks * 2 * n_pairs, 64, device=DEVICE)
    natural = unpack_float16(packed(dense, kind, 32))
    paired = unpack_float16(packed(pair_rows(dense, n_pairs), kind, 32), n_pairs)
    assert torch.equal(natural, paired)
