"""Every fused operation of the step against its definition, and the path each weight takes."""

from __future__ import annotations

import pytest
import torch

pytest.importorskip("triton", reason="the GPU kernels need Triton, which is not installed")

from kernels.gpu import fused_step
from kernels.gpu.fused_step import FusedStep
from kernels.gpu.tuned import PackedConfig
from kernels.packing8 import pack_int8, quantize_int8
from kernels.step import LayerCache, Projection, Shape, Stream
from tests.kernels.step_cases import DEVICE, TWIN, Case, copied, norm_of

KINDS = ("int4", "int4-zeros", "int8", "bf16")
GQA = Shape(H=6, G=2, D=16, C=96, F=72, rms_eps=1e-6)
MHA = Shape(H=2, G=2, D=32, C=64, F=40, rms_eps=1e-5)
ROWS = (([9], 1), ([5], 5), ([0], 3), ([3, 17, 0], 1))


@pytest.fixture(params=[1, 3], ids=["whole K", "split K"], autouse=True)
def _small_blocks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks so small that even these matmuls have several, one of them cut by the edge."""
    config = PackedConfig(8, 32, 1, 2, request.param)
    monkeypatch.setattr("kernels.gpu.packed_launch.packed_config", lambda *shape: config)


def close(actual: torch.Tensor, expected: torch.Tensor, limit: float = 2e-2) -> None:
    assert actual.shape == expected.shape
    error = (actual.float() - expected.float()).norm() / expected.float().norm()
    assert float(error) < limit, float(error)


def streams(case: Case, M: int) -> tuple[Stream, Stream, torch.Tensor]:
    """The same stream for the kernels and for the twin, with x poisoned behind its last row."""
    C = case.shape.C
    table, norm = torch.randn(30, C, device=DEVICE).bfloat16(), norm_of(C)
    token_ids = torch.randint(0, 30, (M,), device=DEVICE)
    ours = FusedStep().start(token_ids, table, norm)
    expected = TWIN.start(token_ids, table, norm)
    assert torch.equal(ours.residual, expected.residual)
    close(ours.x, expected.x, 1e-2)
    close(ours.squares.sum(0), expected.squares.sum(0), 1e-5)
    poisoned = torch.full((M + 40, C), torch.nan, dtype=torch.float16, device=DEVICE)
    poisoned[:M] = ours.x
    ours.x = poisoned[:M]
    # The twin starts from the same rounded x: what is compared is the operation.
    expected.x = ours.x.float()
    return ours, expected, norm


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [GQA, MHA], ids=["gqa", "mha"])
@pytest.mark.parametrize(("starts", "n_new"), ROWS)
@pytest.mark.parametrize("bias", [True, False])
def test_qkv_is_rotated_and_cached_at_each_sequences_place(
    kind: str, shape: Shape, starts: list[int], n_new: int, bias: bool
) -> None:
    torch.manual_seed(n_new)
    case = Case(shape, kind)
    places = case.places(starts, n_new)
    ours, expected, _ = streams(case, places.n_rows)
    rows = (shape.H + 2 * shape.G) * shape.D
    projection = case.projection(rows, shape.C, shape.D // 2, bias=bias)
    cache = case.cache(places)
    twin_cache = copied(cache)
    query = FusedStep().qkv(ours, projection, shape, places, cache)
    close(query, TWIN.qkv(expected, projection, shape, places, twin_cache))
    for mine, theirs in ((cache.keys, twin_cache.keys), (cache.values, twin_cache.values)):
        assert torch.equal(mine.isnan(), theirs.isnan()), "a position too many or too few"
        close(mine.nan_to_num(), theirs.nan_to_num())


@pytest.mark.parametrize("shape", [GQA, MHA], ids=["gqa", "mha"])
@pytest.mark.parametrize(("starts", "n_new"), ROWS)
def test_attention_reads_each_sequence_alone(shape: Shape, starts: list[int], n_new: int) -> None:
    case = Case(shape, "int4")
    places = case.places([start + n_new for start in starts], 0)
    cache = case.cache(places)
    places = case.places(starts, n_new)
    query = torch.randn(places.n_rows, shape.H, shape.D, device=DEVICE).half()
    out = FusedStep().attend(query, places, cache)
    expected = TWIN.attend(query.float(), places, LayerCache(cache.keys, cache.values))
    close(out, expected)


def test_more_rows_than_one_program_takes_see_no_later_token() -> None:
    case = Case(GQA, "int4")
    cache = case.cache(case.places([19, 30], 0))
    places = case.places([8, 19], 11)
    query = torch.randn(22, GQA.H, GQA.D, device=DEVICE).half()
    close(FusedStep().attend(query, places, cache), TWIN.attend(query.float(), places, cache))


@pytest.mark.parametrize("start", [0, 8])
def test_attention_of_many_tokens_is_that_of_few(start: int) -> None:
    case = Case(GQA, "int4")
    cache = case.cache(case.places([start + 11], 0))
    places = case.places([start], 11)
    query = torch.randn(11, GQA.H, GQA.D, device=DEVICE).half()
    base = int(places.bases[0])
    out = FusedStep().attend_many(query, start, slice(base, base + start + 11), cache)
    close(out, TWIN.attend(query.float(), places, cache))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("M", [1, 4, 11])
def test_a_projection_is_added_to_the_stream_and_the_next_norm_prepared(kind: str, M: int) -> None:
    torch.manual_seed(M)
    case = Case(GQA, kind)
    ours, expected, _ = streams(case, M)
    norm, projection = norm_of(GQA.C), case.projection(GQA.C, GQA.F - 8)
    x = torch.randn(M, GQA.F - 8, device=DEVICE).half()
    FusedStep().add(ours, x, projection, norm)
    TWIN.add(expected, x.float(), projection, norm)
    close(ours.residual, expected.residual, 5e-3)
    close(ours.x, expected.x, 1e-2)
    close(ours.squares.sum(0), expected.squares.sum(0), 1e-2)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", [GQA, MHA], ids=["odd", "even"])
@pytest.mark.parametrize("M", [1, 4, 11])
def test_the_gate_is_applied_to_pairs(kind: str, shape: Shape, M: int) -> None:
    torch.manual_seed(M)
    case = Case(shape, kind)
    ours, expected, _ = streams(case, M)
    projection = case.projection(2 * shape.F, shape.C, shape.F)
    close(FusedStep().gate_up(ours, projection, shape), TWIN.gate_up(expected, projection, shape))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("M", "V"), [(1, 70), (3, 64), (9, 33)])
def test_the_best_token_is_that_of_the_scores(kind: str, M: int, V: int) -> None:
    torch.manual_seed(V)
    case = Case(GQA, kind)
    ours, expected, _ = streams(case, M)
    projection = case.projection(V, GQA.C)
    logits, chosen = FusedStep().choose(ours, projection, GQA)
    close(logits, TWIN.choose(expected, projection, GQA)[0])
    assert torch.equal(chosen, logits.argmax(-1))


def test_equal_scores_take_the_lowest_id_and_no_number_takes_none() -> None:
    case = Case(GQA, "int8")
    ours, _, _ = streams(case, 3)
    weight = torch.randn(1, GQA.C, device=DEVICE).expand(70, -1)
    projection = Projection(pack_int8(*quantize_int8(weight)))
    ours.x.zero_()
    ours.x[:, 0] = 1.0  # A single product, so that no order of summing tells the rows apart.
    ours.x[1] = torch.nan
    _, chosen = FusedStep().choose(ours, projection, GQA)
    assert chosen.tolist() == [0, -1, 0]


def test_feeding_moves_the_tokens_and_the_places_on() -> None:
    case = Case(GQA, "int8")
    ours, _, _ = streams(case, 2)
    token_ids = torch.tensor([4, 5], device=DEVICE)
    starts = torch.tensor([7, 0], dtype=torch.int32, device=DEVICE)
    _, chosen = FusedStep().choose(ours, case.projection(40, GQA.C), GQA, token_ids, starts)
    assert torch.equal(token_ids, chosen)
    assert starts.tolist() == [8, 1]


@pytest.mark.parametrize("kind", ["int4", "int8"])
def test_many_rows_take_the_vendors_matmul_and_agree(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fused_step, "MOST_PACKED_ROWS", 4)
    for name in ("packed_add", "packed_qkv", "packed_gate_up"):
        monkeypatch.setattr(fused_step, name, None)
    case = Case(GQA, kind)
    places = case.places([2], 6)
    ours, expected, _ = streams(case, 6)
    rows = (GQA.H + 2 * GQA.G) * GQA.D
    step = FusedStep()
    qkv = case.projection(rows, GQA.C, GQA.D // 2, bias=True)
    cache = case.cache(places)
    twin_cache = copied(cache)
    close(step.qkv(ours, qkv, GQA, places, cache), TWIN.qkv(expected, qkv, GQA, places, twin_cache))
    gate_up = case.projection(2 * GQA.F, GQA.C, GQA.F)
    close(step.gate_up(ours, gate_up, GQA), TWIN.gate_up(expected, gate_up, GQA))
    out, norm = case.projection(GQA.C, GQA.C), norm_of(GQA.C)
    x = torch.randn(6, GQA.C, device=DEVICE).half()
    step.add(ours, x, out, norm)
    TWIN.add(expected, x.float(), out, norm)
    close(ours.residual, expected.residual)


@pytest.mark.parametrize("kind", KINDS)
def test_a_second_run_gives_the_same_bits(kind: str) -> None:
    torch.manual_seed(0)
    case = Case(GQA, kind)
    projection = case.projection(2 * GQA.F, GQA.C, GQA.F)
    ours, _, _ = streams(case, 5)
    first = FusedStep().gate_up(ours, projection, GQA)
    assert torch.equal(first, FusedStep().gate_up(ours, projection, GQA))
