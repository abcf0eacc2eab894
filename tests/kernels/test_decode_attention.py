"""Decode attention against the definition: in the interpreter anywhere, at real sizes on a GPU."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip("triton", reason="the GPU kernels need Triton, which is not installed")

from kernels import reference
from kernels.gpu import attention_kernel as module
from kernels.gpu.decode_attention import decode_attention
from kernels.gpu.tuned import AttentionConfig, attention_config
from tests.interpreted import assert_kernel_close

DEVICE = "cuda" if torch.cuda.is_available() else "cpu"


def inputs(T: int, H: int, G: int, D: int, S: int, room: int) -> tuple[torch.Tensor, torch.Tensor]:
    """A query and a cache [2, G, room, D] whose unused part is NaN."""
    torch.manual_seed(S + T)
    cache = torch.full((2, G, room, D), torch.nan, dtype=torch.bfloat16, device=DEVICE)
    cache[:, :, :S] = torch.randn(2, G, S, D)
    return torch.randn(T, H, D, device=DEVICE).bfloat16(), cache


def expected(query: torch.Tensor, cache: torch.Tensor, S: int) -> torch.Tensor:
    keys, values = cache[:, :, :S].float()
    return reference.attention(query.float(), keys, values)


@pytest.mark.parametrize(
    ("T", "H", "G", "D", "S"),
    [
        (1, 4, 4, 128, 300),
        (1, 2, 2, 64, 7),
        (1, 3, 3, 80, 33),
        (1, 1, 1, 8, 1),
        (1, 6, 2, 64, 50),
        (3, 4, 4, 64, 40),
        (5, 14, 2, 64, 70),
        (5, 4, 4, 16, 5),
        (11, 8, 2, 16, 60),
        (40, 2, 2, 16, 41),
    ],
)
@pytest.mark.parametrize("split", [1, 3])
@pytest.mark.parametrize("length_on_device", [True, False])
def test_agrees_with_the_definition_and_reads_nothing_beyond_the_length(
    T: int, H: int, G: int, D: int, S: int, split: int, length_on_device: bool
) -> None:
    query, cache = inputs(T, H, G, D, S, S + 40)
    config = AttentionConfig(32, 2, 2, split, 1)
    if length_on_device:
        length = torch.tensor([S], device=DEVICE)
        out = decode_attention(query, cache[0], cache[1], length, config)
    else:
        out = decode_attention(query, cache[0, :, :S], cache[1, :, :S], None, config)
    assert_kernel_close(out, expected(query, cache, S))


def test_more_parts_than_blocks_leave_parts_empty_and_change_nothing() -> None:
    query, cache = inputs(1, 2, 2, 32, 20, 20)
    out = decode_attention(query, cache[0], cache[1], None, AttentionConfig(16, 1, 2, 8, 1))
    assert_kernel_close(out, expected(query, cache, 20))


@pytest.mark.parametrize(("T", "H"), [(1, 2), (2, 4)])
@pytest.mark.parametrize("least_keys", [10, 25, 60, 64])
def test_a_short_cache_is_cut_into_fewer_parts_than_there_are_programs(
    T: int, H: int, least_keys: int
) -> None:
    query, cache = inputs(T, H, 2, 32, 60, 90)
    length = torch.tensor([60], device=DEVICE)
    config = AttentionConfig(16, 1, 2, 5, least_keys)
    out = decode_attention(query, cache[0], cache[1], length, config)
    assert_kernel_close(out, expected(query, cache, 60))
    assert torch.equal(out, decode_attention(query, cache[0], cache[1], length, config))


def test_scores_far_apart_do_not_overflow() -> None:
    query, cache = inputs(1, 2, 2, 32, 90, 90)
    cache[0, :, 11] *= 100
    query = query * 30
    out = decode_attention(query, cache[0], cache[1], None, AttentionConfig(16, 1, 2, 3, 1))
    assert_kernel_close(out, expected(query, cache, 90))


@pytest.mark.parametrize(("T", "H", "G"), [(1, 4, 4), (1, 8, 2), (4, 4, 4)])
def test_a_second_run_gives_the_same_bits(T: int, H: int, G: int) -> None:
    query, cache = inputs(T, H, G, 64, 130, 130)
    config = AttentionConfig(16, 2, 2, 5, 1)
    first = decode_attention(query, cache[0], cache[1], None, config)
    assert torch.equal(first, decode_attention(query, cache[0], cache[1], None, config))


@pytest.mark.parametrize(
    ("T", "H", "G", "taken"), [(1, 4, 4, "attend_one_row"), (1, 4, 2, "attend_rows")]
)
def test_single_rows_avoid_the_tensor_cores(
    T: int, H: int, G: int, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if DEVICE != "cpu":
        pytest.skip("a compiled kernel has its parts inlined")
    other = {"attend_one_row": "attend_rows", "attend_rows": "attend_one_row"}[taken]
    query, cache = inputs(T, H, G, 16, 20, 20)
    config = AttentionConfig(16, 1, 2, 1)
    monkeypatch.setattr(module, other, None)
    decode_attention(query, cache[0], cache[1], None, config)
    monkeypatch.setattr(module, taken, None)
    with pytest.raises(Exception, match="not callable"):
        decode_attention(query, cache[0], cache[1], None, config)


def test_the_cut_fills_the_device_and_leaves_parts_worth_a_program() -> None:
    assert 32 * attention_config(1, 32, 16384).split >= 132
    assert attention_config(1, 32, 64).split == 1
    assert attention_config(7, 4, 16384).split >= 32


@pytest.mark.parametrize(
    ("query", "keys", "message"),
    [
        ((1, 4, 16), (3, 8, 16), "must be"),
        ((1, 4, 16), (4, 8, 32), "must be"),
        ((9, 4, 16), (4, 8, 16), "9 query tokens over 8 keys"),
    ],
)
def test_shapes_it_cannot_serve_are_refused(
    query: tuple[int, int, int], keys: tuple[int, int, int], message: str
) -> None:
    cache = torch.zeros(2, *keys, dtype=torch.bfloat16)
    with pytest.raises(ValueError, match=message):
        decode_attention(torch.zeros(query, dtype=torch.bfloat16), cache[0], cache[1])


def test_other_dtypes_and_scattered_heads_are_refused() -> None:
    query = torch.zeros(1, 2, 16, dtype=torch.bfloat16)
    cache = torch.zeros(2, 2, 8, 16, dtype=torch.bfloat16)
    with pytest.raises(ValueError, match=r"keys is torch\.float32"):
        decode_attention(query, cache[0].float(), cache[1])
    scattered = torch.zeros(2, 8, 32, dtype=torch.bfloat16)[..., ::2]
    with pytest.raises(ValueError, match="side by side"):
        decode_attention(query, scattered, cache[1])


@pytest.mark.gpu
@pytest.mark.skipif(DEVICE == "cpu", reason="needs a CUDA device")
@pytest.mark.parametrize(
    ("T", "H", "G", "S"),
    [
        (1, 32, 32, 16384),
        (1, 32, 32, 640),
        (8, 32, 32, 4096),
        (1, 28, 4, 16384),
        (8, 28, 4, 4096),
        (1, 32, 8, 32768),
        (1, 12, 2, 1),
    ],
)
def test_real_sizes_agree_and_repeat_bit_for_bit(T: int, H: int, G: int, S: int) -> None:
    query, cache = inputs(T, H, G, 128, S, S + 100)
    length = torch.tensor([S], device=DEVICE)
    out = decode_attention(query, cache[0], cache[1], length)
    assert_kernel_close(out, expected(query, cache, S))
    assert torch.equal(out, decode_attention(query, cache[0], cache[1], length))


@pytest.mark.gpu
@pytest.mark.skipif(DEVICE == "cpu", reason="needs a CUDA device")
def test_one_captured_graph_serves_every_length() -> None:
    query, cache = inputs(1, 32, 32, 128, 2000, 2048)
    length = torch.tensor([2000], device=DEVICE)
    decode_attention(query, cache[0], cache[1], length)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        out = decode_attention(query, cache[0], cache[1], length)
    for S in (2000, 1, 17, 640, 1999):
        length.fill_(S)
        graph.replay()
        assert_kernel_close(out, expected(query, cache, S))
