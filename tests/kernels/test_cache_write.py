"""Caches of 8 bits and of pages: what the step writes there and what attention reads of it."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip("triton", reason="the GPU kernels need Triton, which is not installed")

from kernels.cache_reference import read_cache, slots_of, write_cache
from kernels.gpu.cache_read import read_positions
from kernels.gpu.decode_attention import pool_attention
from kernels.gpu.fused_step import FusedStep
from kernels.gpu.tuned import AttentionConfig
from kernels.step import LayerCache, Places, Shape
from kernels.step_reference import PlainStep
from tests.kernels.step_cases import DEVICE, TWIN, Case, norm_of

GQA = Shape(H=6, G=2, D=16, C=96, F=72, rms_eps=1e-6)
MHA = Shape(H=2, G=2, D=32, C=64, F=40, rms_eps=1e-5)
PAGE = 16
N_POSITIONS = 12 * PAGE
FORMATS = {"float16": torch.float16, "int8": torch.int8, "float8": torch.float8_e4m3fn}


def case_places(shape: Shape, starts: list[int], n_new: int, *, paged: bool) -> Places:
    """Sequences of up to 4 pages, which lie in no order in the pool."""
    plain = Case(shape, "int8").places(starts, n_new)
    bases = torch.tensor([5 + 60 * b for b in range(len(starts))], device=DEVICE)
    order = torch.tensor([7, 2, 9, 4, 11, 0, 3, 8, 1, 10, 5, 6], dtype=torch.int32, device=DEVICE)
    pages = order.view(-1, 4)[: len(starts)].contiguous() if paged else None
    return Places(plain.starts, bases, plain.cos, plain.sin, n_new, 60, pages, PAGE if paged else 0)


def pool(shape: Shape, places: Places, name: str) -> LayerCache:
    """A pool that is filled where its sequences are and poisoned elsewhere; heads side by side."""
    dtype, size = FORMATS[name], (N_POSITIONS, shape.G, shape.D)
    fill = torch.nan if name == "float16" else 100.0
    keys, values = torch.full((2, *size), fill, device=DEVICE).to(dtype).transpose(1, 2)
    cache = LayerCache(keys, values)
    if name != "float16":
        scales = torch.full((2, shape.G, N_POSITIONS), torch.nan, device=DEVICE)
        cache = LayerCache(keys, values, scales[0], scales[1])
    for b, start in enumerate(places.starts.tolist()):
        slots = slots_of(places, b, int(places.bases[b]), start)
        rows = torch.randn(2, start, shape.G, shape.D, device=DEVICE)
        write_cache(cache, slots, rows[0], rows[1])
    return cache


def copied(cache: LayerCache) -> LayerCache:
    scales = [None if s is None else s.clone() for s in (cache.key_scales, cache.value_scales)]
    # A clone keeps strides: heads lie side by side in it too.
    return LayerCache(cache.keys.clone(), cache.values.clone(), *scales)


def close(actual: torch.Tensor, expected: torch.Tensor, limit: float) -> None:
    error = (actual.float() - expected.float()).norm() / expected.float().norm()
    assert float(error) < limit, float(error)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("paged", [True, False])
@pytest.mark.parametrize("shape", [GQA, MHA], ids=["gqa", "mha"])
@pytest.mark.parametrize(("starts", "n_new"), [([14, 33, 0], 1), ([13], 5)])
def test_the_step_writes_its_tokens_where_the_definition_does(
    name: str, paged: bool, shape: Shape, starts: list[int], n_new: int
) -> None:
    torch.manual_seed(n_new)
    case = Case(shape, "int8")
    places = case_places(shape, starts, n_new, paged=paged)
    table, norm = torch.randn(30, shape.C, device=DEVICE).bfloat16(), norm_of(shape.C)
    token_ids = torch.randint(0, 30, (places.n_rows,), device=DEVICE)
    projection = case.projection(
        (shape.H + 2 * shape.G) * shape.D, shape.C, shape.D // 2, bias=True
    )
    cache = pool(shape, places, name)
    twin_cache = copied(cache)
    step = FusedStep()
    query = step.qkv(step.start(token_ids, table, norm), projection, shape, places, cache)
    stream = TWIN.start(token_ids, table, norm)
    close(query, TWIN.qkv(stream, projection, shape, places, twin_cache), 2e-2)
    limit = 0.1 if name == "float8" else 2e-2  # A number at a step's edge takes its neighbour.
    for b, start in enumerate(starts):
        slots = slots_of(places, b, int(places.bases[b]), start + n_new)
        for mine, theirs in zip(
            read_cache(cache, slots), read_cache(twin_cache, slots), strict=True
        ):
            close(mine, theirs, limit)
    if cache.key_scales is None or twin_cache.key_scales is None:
        assert torch.equal(cache.keys.isnan(), twin_cache.keys.isnan())
    else:
        assert torch.equal(cache.key_scales.isnan(), twin_cache.key_scales.isnan())


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("paged", [True, False])
@pytest.mark.parametrize("shape", [GQA, MHA], ids=["gqa", "mha"])
@pytest.mark.parametrize(("starts", "n_new"), [([14, 47, 1], 1), ([40], 9)])
def test_attention_reads_every_format_wherever_it_lies(
    name: str, paged: bool, shape: Shape, starts: list[int], n_new: int
) -> None:
    torch.manual_seed(sum(starts))
    before = case_places(shape, [start + n_new for start in starts], n_new, paged=paged)
    cache = pool(shape, before, name)
    places = case_places(shape, starts, n_new, paged=paged)
    query = torch.randn(places.n_rows, shape.H, shape.D, device=DEVICE).half()
    out = FusedStep().attend(query, places, cache)
    close(out, TWIN.attend(query.float(), places, cache), 2e-2)
    assert torch.equal(out, FusedStep().attend(query, places, cache))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("paged", [True, False])
def test_a_prompt_attends_over_every_format_wherever_it_lies(name: str, paged: bool) -> None:
    places = case_places(GQA, [49], 11, paged=paged)
    cache = pool(GQA, places, name)
    query = torch.randn(11, GQA.H, GQA.D, device=DEVICE).half()
    base = int(places.bases[0])
    slots = slots_of(places, 0, base, 49) if paged else slice(base, base + 49)
    out = FusedStep().attend_many(query, 38, slots, cache)
    close(out, PlainStep(dtype=torch.float32).attend_many(query.float(), 38, slots, cache), 2e-2)


@pytest.mark.parametrize("name", FORMATS)
def test_positions_are_gathered_as_the_definition_reads_them(name: str) -> None:
    places = case_places(MHA, [47], 1, paged=True)
    cache = pool(MHA, places, name)
    slots = slots_of(places, 0, 0, 47)
    pairs = zip(read_positions(cache, slots), read_cache(cache, slots), strict=True)
    for mine, theirs in pairs:
        assert torch.equal(mine, theirs.half())


@pytest.mark.parametrize("shape", [GQA, MHA], ids=["gqa", "mha"])
def test_a_page_may_hold_several_blocks_of_keys(shape: Shape) -> None:
    torch.manual_seed(0)
    pages = torch.tensor([[2, 0]], dtype=torch.int32, device=DEVICE)
    none = torch.zeros(1, device=DEVICE)
    starts = torch.tensor([100], dtype=torch.int32, device=DEVICE)
    places = Places(starts, torch.zeros(1, dtype=torch.int64), none, none, 1, 128, pages, 64)
    filled = Places(starts + 1, places.bases, none, none, 1, 128, pages, 64)
    cache = pool(shape, filled, "float16")
    query = torch.randn(1, shape.H, shape.D, device=DEVICE).half()
    out = pool_attention(query, places, cache, AttentionConfig(16, 1, 2, 3, 16))
    close(out, TWIN.attend(query.float(), places, cache), 2e-2)
