"""Scales and norms that are tuned on the predictions of the source."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from codegen.gpu.packed_weights import PackedWeights
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import DenseWeights, open_weights
from codegen.quantize.calibrated import quantize_calibrated
from codegen.quantize.kept_rows import KeptRows
from codegen.quantize.narrow_parts import narrow_scales
from codegen.quantize.packed_file import embedding_of
from codegen.quantize.quality import as_float32, dense_of, measure_quality
from codegen.quantize.recipe import MATRICES, Recipe
from codegen.quantize.report import meaning
from codegen.quantize.tuned_matrix import TunedMatrix
from codegen.quantize.tuning import Schedule, tuned
from kernels.packing import Int4Weight
from kernels.packing8 import quantize_int8
from tests import tiny_models

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> DenseWeights:
    folder = tmp_path_factory.mktemp("models")
    tiny_models.write_model(folder / "tiny", "qwen2", sizes=tiny_models.PACKABLE)
    model = tiny_models.stored(folder / "tiny", folder / "converted")
    return as_float32(open_weights(ensure_converted(model)), CPU)


@pytest.fixture(scope="module")
def text(dense: DenseWeights) -> Tensor:
    generator = torch.Generator().manual_seed(5)
    return torch.randint(0, dense.config.vocab, (104, 48), generator=generator)


@pytest.fixture(scope="module")
def packed(dense: DenseWeights, text: Tensor) -> PackedWeights:
    recipe = Recipe(32, head_group_size=32, symmetric=False)
    recipe = recipe.keeping_kinds(frozenset({"qkv"}), dense.config.n_layers)
    return quantize_calibrated(dense, recipe, text[:12], CPU)


def test_a_matrix_that_is_not_tuned_yet_means_what_it_meant(packed: PackedWeights) -> None:
    for projection in packed.projections():
        matrix = TunedMatrix(projection, torch.float32)
        assert torch.equal(matrix.numbers(), meaning(projection))
        assert torch.equal(meaning(matrix.packed()), meaning(projection))


def test_slopes_are_those_of_the_divergence(packed: PackedWeights) -> None:
    projection = packed.layers[0].down
    matrix = TunedMatrix(projection, torch.float32)
    torch.autograd.backward((matrix.numbers() * 2).sum())
    assert matrix.gains.grad is not None
    # The slope of a gain is its group's sum.
    expected = 2 * meaning(projection).view(*matrix.gains.shape, -1).sum(-1)
    assert torch.allclose(matrix.gains.grad, expected, atol=1e-4)


def test_a_head_that_is_the_embedding_learns_from_both(
    dense: DenseWeights, packed: PackedWeights, text: Tensor
) -> None:
    one = replace(dense, embed=dense.head)
    rows = torch.arange(4, dtype=torch.int32)
    kept = KeptRows(rows, *quantize_int8(one.embed[rows.long()]))
    tied = replace(packed, embed=kept.put_into(embedding_of(packed.head)))
    alone, both = (tuned(tied, one, text[:8], Schedule(2, 0.01), kept=k) for k in (None, kept))
    # Rows that no text of few tokens predicts are moved by the embedding's slope besides.
    assert not torch.equal(meaning(alone.head), meaning(both.head))
    # Rows of the embedding that are kept in 8 bits are no part of it.
    everything = KeptRows(
        torch.arange(len(one.embed), dtype=torch.int32), *quantize_int8(one.embed)
    )
    none_shared = tuned(tied, one, text[:8], Schedule(2, 0.01), kept=everything)
    assert torch.equal(meaning(alone.head), meaning(none_shared.head))


def test_tuning_brings_the_predictions_nearer_on_a_text_that_it_did_not_see(
    dense: DenseWeights, packed: PackedWeights, text: Tensor
) -> None:
    seen: list[float] = []
    schedule = Schedule(36, 0.005)
    better = tuned(packed, dense, text[:96], schedule, lambda step, found: seen.append(found))
    before, after = (
        measure_quality(dense_of(weights), text[96:], dense).divergence or 0.0
        for weights in (packed, better)
    )
    # A model of random numbers gives little to learn; on real ones it is worth more.
    assert after < 0.98 * before
    assert sum(seen[-12:]) < 0.95 * sum(seen[:12])


def test_tuning_gives_the_same_twice(
    dense: DenseWeights, packed: PackedWeights, text: Tensor
) -> None:
    better, again = (tuned(packed, dense, text[:16], Schedule(3, 0.02)) for _ in range(2))
    for one, other in zip(better.projections(), again.projections(), strict=True):
        assert torch.equal(meaning(one), meaning(other))


def test_codes_stay_and_scales_stay_narrow(
    dense: DenseWeights, packed: PackedWeights, text: Tensor
) -> None:
    better = tuned(packed, dense, text[:8], Schedule(3, 0.05))
    moved = False
    for layer, source in zip(better.layers, packed.layers, strict=True):
        for name in MATRICES:
            ours, theirs = getattr(layer, name).weight, getattr(source, name).weight
            assert torch.equal(ours.words, theirs.words)
            moved |= not torch.equal(ours.scales, theirs.scales)
            if isinstance(ours, Int4Weight):
                assert narrow_scales(ours.scales) is not None
        assert not torch.equal(layer.attn_norm, source.attn_norm)
    assert moved
