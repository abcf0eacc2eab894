"""The packed matmul kernel against its twin: interpreted anywhere, at real shapes on a GPU."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip("triton", reason="the GPU kernels need Triton, which is not installed")

from kernels.gpu.packed_matmul import packed_linear
from kernels.gpu.tuned import PackedConfig, packed_config
from kernels.packing import Int4Weight, in_chunks, pack, quantize
from kernels.packing8 import Int8Weight, pack_int8, quantize_int8
from kernels.quantized_reference import dequantize
from kernels.quantized_reference import packed_linear as twin
from tests.interpreted import assert_kernel_close

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"
REAL_SHAPES = ((4096, 4096), (12288, 4096), (22016, 4096), (4096, 11008), (32256, 4096))


def packed(N: int, K: int, group_size: int, *, symmetric: bool) -> Int4Weight:
    codes, scales, zeros = quantize(
        torch.randn(N, K, device=DEVICE), group_size, symmetric=symmetric
    )
    return pack(codes, scales, None if symmetric else zeros)


def fine(N: int, K: int, group_size: int) -> Int4Weight:
    """Codes as another format has them, with zero points between two of ours."""
    codes = torch.randint(0, 16, (N, K), dtype=torch.uint8, device=DEVICE)
    zeros = torch.randint(0, 256, (N, K // group_size), device=DEVICE) / 16
    return pack(codes, torch.randn(N, K // group_size, device=DEVICE).bfloat16(), zeros)


def packed8(N: int, K: int) -> Int8Weight:
    return pack_int8(*quantize_int8(torch.randn(N, K, device=DEVICE)))


def poisoned_rows(M: int, K: int) -> torch.Tensor:
    """Activations whose neighbours in memory are NaN, so that a row read too many is noticed."""
    storage = torch.full((M + 64, K), torch.nan, dtype=torch.float16, device=DEVICE)
    storage[:M] = torch.randn(M, K)
    return storage[:M]


@pytest.mark.parametrize("group_size", [32, 64, 128])
@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize(("M", "N", "n_groups"), [(1, 48, 2), (3, 33, 3), (9, 70, 1), (17, 16, 2)])
def test_odd_shapes_agree_with_the_twin(
    group_size: int, symmetric: bool, M: int, N: int, n_groups: int
) -> None:
    torch.manual_seed(M)
    weight = packed(N, n_groups * group_size, group_size, symmetric=symmetric)
    x = poisoned_rows(M, n_groups * group_size)
    out = packed_linear(x, weight, PackedConfig(8, 32, 1, 2, 1))
    assert_kernel_close(out, twin(x.float(), weight))


@pytest.mark.parametrize(("group_size", "n_groups"), [(32, 8), (32, 6), (64, 6)])
@pytest.mark.parametrize("kind", ["plain", "zeros", "fine"])
@pytest.mark.parametrize("split_k", [1, 2])
def test_chunks_of_groups_agree_with_the_twin_and_repeat(
    group_size: int, n_groups: int, kind: str, split_k: int
) -> None:
    torch.manual_seed(n_groups)
    N, K = 70, group_size * n_groups
    if kind == "fine":
        weight = fine(N, K, group_size)
    else:
        weight = packed(N, K, group_size, symmetric=kind == "plain")
    chunked = in_chunks(weight)
    assert chunked.words.shape[-1] > weight.words.shape[-1]
    assert torch.equal(dequantize(chunked), dequantize(weight))
    x = poisoned_rows(3, K)
    config = PackedConfig(8, 32, 1, 2, split_k)
    out = packed_linear(x, chunked, config)
    assert_kernel_close(out, twin(x.float(), weight))
    assert torch.equal(out, packed_linear(x, chunked, config))


@pytest.mark.parametrize("group_size", [32, 128])
@pytest.mark.parametrize(("M", "N"), [(1, 48), (9, 70)])
def test_zero_points_between_two_codes_are_exact(group_size: int, M: int, N: int) -> None:
    torch.manual_seed(N)
    weight = fine(N, 2 * group_size, group_size)
    assert weight.has_fine_zeros
    # One input alone, so that each output is one product of a weight.
    x = poisoned_rows(M, 2 * group_size)
    x.zero_()
    x[:, group_size + 5] = 0.5
    out = packed_linear(x, weight, PackedConfig(8, 32, 1, 2, 1))
    assert torch.equal(out.float(), twin(x.float(), weight).half().float())
    x = poisoned_rows(M, 2 * group_size)
    out = packed_linear(x, weight, PackedConfig(8, 32, 1, 2, 2))
    assert_kernel_close(out, twin(x.float(), weight))


@pytest.mark.parametrize(("M", "N", "K"), [(1, 48, 64), (3, 33, 96), (9, 70, 128), (17, 16, 320)])
@pytest.mark.parametrize("split_k", [1, 2])
def test_eight_bits_agree_with_the_twin_and_repeat(M: int, N: int, K: int, split_k: int) -> None:
    torch.manual_seed(M)
    weight = packed8(N, K)
    x = poisoned_rows(M, K)
    config = PackedConfig(8, 32, 1, 2, split_k)
    out = packed_linear(x, weight, config)
    assert_kernel_close(out, twin(x.float(), weight))
    assert torch.equal(out, packed_linear(x, weight, config))


@pytest.mark.parametrize("split_k", [1, 2, 3, 5, 8])
@pytest.mark.parametrize("block_n", [16, 64, 128])
def test_every_way_of_splitting_gives_the_product_and_the_same_bits_again(
    split_k: int, block_n: int
) -> None:
    torch.manual_seed(split_k)
    weight = packed(80, 160, 32, symmetric=False)
    x = poisoned_rows(5, 160)
    config = PackedConfig(8, block_n, 2, 3, split_k)
    out = packed_linear(x, weight, config)
    assert_kernel_close(out, twin(x.float(), weight))
    assert torch.equal(out, packed_linear(x, weight, config))


def test_an_offset_shared_by_all_activations_costs_no_accuracy() -> None:
    # The kernel multiplies 128 + code and takes the 128 away again: a large sum of activations is
    # where that could go wrong.
    x = (torch.randn(4, 256, device=DEVICE) + 20).half()
    for weight in (packed(64, 256, 128, symmetric=False), packed8(64, 256)):
        out = packed_linear(x, weight, PackedConfig(8, 64, 2, 2, 1))
        assert_kernel_close(out, twin(x.float(), weight))


def test_blocks_of_rows_share_one_launch() -> None:
    weight = packed(40, 64, 32, symmetric=True)
    x = poisoned_rows(21, 64)
    out = packed_linear(x, weight, PackedConfig(8, 16, 1, 2, 2))
    assert_kernel_close(out, twin(x.float(), weight))


def test_measured_shapes_get_their_measured_cut_and_others_an_estimate() -> None:
    for N, K in REAL_SHAPES:
        cuts = [packed_config(M, N, K, 4) for M in (1, 8, 16, 32, 64)]
        assert cuts[0] == cuts[1], "a draft of 8 must run exactly what a single token runs"
        assert all(cut.n_warps <= 2 for cut in cuts)
    assert packed_config(1, 48, 96, 4) == PackedConfig(8, 16, 1, 3, 16)
    assert packed_config(1, 151936, 896, 4).split_k == 1


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (torch.zeros(2, 63, dtype=torch.float16), r"must be \[M, 64\]"),
        (torch.zeros(0, 64, dtype=torch.float16), "M >= 1"),
        (torch.zeros(2, 64), "make it contiguous float16"),
        (torch.zeros(64, 2, dtype=torch.float16).T, "make it contiguous float16"),
    ],
)
def test_activations_it_cannot_read_are_refused(x: torch.Tensor, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        packed_linear(x.to(DEVICE), packed(16, 64, 32, symmetric=True))


@pytest.mark.gpu
@pytest.mark.skipif(DEVICE == "cpu", reason="needs a CUDA device")
@pytest.mark.parametrize(("N", "K"), REAL_SHAPES)
@pytest.mark.parametrize("symmetric", [True, False])
def test_real_shapes_agree_at_every_size_and_repeat_bit_for_bit(
    N: int, K: int, symmetric: bool
) -> None:
    torch.manual_seed(N)
    weight = packed(N, K, 128, symmetric=symmetric)
    for M in (1, 2, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64):
        x = poisoned_rows(M, K)
        out = packed_linear(x, weight)
        assert_kernel_close(out, twin(x.float(), weight))
        assert torch.equal(out, packed_linear(x, weight)), M


@pytest.mark.gpu
@pytest.mark.skipif(DEVICE == "cpu", reason="needs a CUDA device")
@pytest.mark.parametrize(("N", "K"), [*REAL_SHAPES, (151936, 1536), (1536, 8960)])
def test_eight_bits_agree_at_real_shapes(N: int, K: int) -> None:
    weight = packed8(N, K)
    for M in (1, 8, 16, 33, 64):
        x = poisoned_rows(M, K)
        assert_kernel_close(packed_linear(x, weight), twin(x.float(), weight))


@pytest.mark.gpu
@pytest.mark.skipif(DEVICE == "cpu", reason="needs a CUDA device")
def test_a_captured_graph_replays_to_the_same_bits() -> None:
    weight = packed(4096, 4096, 128, symmetric=True)
    x = torch.randn(8, 4096, device=DEVICE).half()
    expected = packed_linear(x, weight)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        out = packed_linear(x, weight)
    for _ in range(20):
        out.fill_(torch.nan)
        graph.replay()
        assert torch.equal(out, expected)
