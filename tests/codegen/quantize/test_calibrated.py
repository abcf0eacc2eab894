"""A calibrated model: its quality, its scaling, its mixed bits and its file."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from codegen.decoder import DenseDecoder, Segment
from codegen.errors import LeadsmanError
from codegen.gpu.decoder import GpuDecoder
from codegen.gpu.packed_weights import Packer, pack_weights
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import DenseWeights, open_weights
from codegen.quantize.calibrated import quantize_calibrated
from codegen.quantize.forward import Layers, embedded, final_stream, log_probs
from codegen.quantize.kept_rows import KeptRows
from codegen.quantize.one_matrix import is_one_matrix, with_one_matrix
from codegen.quantize.packed_file import PACKED_NAME, embedding_of, open_packed, write_packed
from codegen.quantize.quality import as_float32, dense_of, measure_quality
from codegen.quantize.recipe import MATRICES, Recipe
from codegen.quantize.scaling import scale_layer
from codegen.quantize.sensitivity import sensitivities, spare_bytes, widest_choice
from kernels.packing8 import Int8Weight, quantize_int8
from kernels.quantized_reference import dequantize
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
    return torch.randint(0, dense.config.vocab, (12, 64), generator=generator)


def test_whole_texts_score_as_the_decoder_scores_them(dense: DenseWeights, text: Tensor) -> None:
    decoder = DenseDecoder(dense, 128)
    ids = text[0].tolist()
    expected = decoder.forward([Segment(ids, decoder.new_cache(64))], all_logits=True)
    (found,) = log_probs(dense, final_stream(dense, text[:1]))
    assert torch.allclose(found, expected.log_softmax(-1), atol=1e-4)


def test_the_perplexity_is_that_of_the_probabilities(dense: DenseWeights, text: Tensor) -> None:
    (found,) = log_probs(dense, final_stream(dense, text[:1])[:, :-1])
    expected = math.exp(-float(found.gather(1, text[0, 1:, None]).mean()))
    assert measure_quality(dense, text[:1]).perplexity == pytest.approx(expected, rel=1e-5)
    alike = measure_quality(dense, text, dense)
    assert alike.divergence == pytest.approx(0, abs=1e-6)
    assert alike.agreement == 1.0


def test_calibrating_beats_rounding_and_is_the_same_twice(
    dense: DenseWeights, text: Tensor
) -> None:
    plain = pack_weights(dense, Packer("int4", 32), CPU)
    calibrated = quantize_calibrated(dense, Recipe(32), text, CPU)
    worse, better = (
        measure_quality(dense_of(weights), text[:4], dense).divergence or 0.0
        for weights in (plain, calibrated)
    )
    assert better < 0.8 * worse
    again = quantize_calibrated(dense, Recipe(32), text, CPU)
    for first, second in zip(calibrated.projections(), again.projections(), strict=True):
        assert not isinstance(first.weight, Tensor)
        assert not isinstance(second.weight, Tensor)
        assert torch.equal(first.weight.words, second.weight.words)


def test_a_scaled_layer_computes_what_it_computed_before(dense: DenseWeights, text: Tensor) -> None:
    layers = Layers(dense.config, text.shape[1], CPU)
    layer, grams = dense.layers[1], {}
    stream = embedded(dense, text)

    def observe(name: str, x: Tensor) -> None:
        rows = x.flatten(0, -2)
        grams[name] = rows.T @ rows

    before = layers.run(layer, stream, observe)
    scaled, by = scale_layer(layer, grams, dict.fromkeys(MATRICES, 32), symmetric=True)
    assert any(bool((factors != 1).any()) for factors in by.values())
    assert torch.allclose(layers.run(scaled, stream), before, atol=1e-3, rtol=1e-4)
    both = quantize_calibrated(dense, Recipe(32, scaled=True), text, CPU)
    assert (measure_quality(dense_of(both), text[:4], dense).divergence or 1.0) < 0.5


def test_matrices_that_are_kept_wide_are_and_cost_less(dense: DenseWeights, text: Tensor) -> None:
    wide = frozenset({"layers.0.down", "layers.1.qkv"})
    mixed = quantize_calibrated(dense, Recipe(32, wide=wide), text, CPU)
    kinds = {
        f"layers.{i}.{name}"
        for i, layer in enumerate(mixed.layers)
        for name in MATRICES
        if isinstance(getattr(layer, name).weight, Int8Weight)
    }
    assert kinds == wide
    plain = quantize_calibrated(dense, Recipe(32), text, CPU)
    divergences = [
        measure_quality(dense_of(weights), text[:4], dense).divergence or 0.0
        for weights in (mixed, plain)
    ]
    assert divergences[0] < divergences[1]


def test_the_most_telling_matrices_are_found_and_fit_the_room(
    dense: DenseWeights, text: Tensor
) -> None:
    # All matrices but one hold numbers that 4 bits can hold as they are.
    exact = dense_of(pack_weights(dense, Packer("int4", 32), CPU))
    changed = replace(exact.layers[1], down=dense.layers[1].down)
    odd = replace(exact, layers=(exact.layers[0], changed, *exact.layers[2:]))
    found = sensitivities(odd, Recipe(32), text[:2])
    assert len(found) == 4 * dense.config.n_layers
    assert max(found, key=found.__getitem__) == "layers.1.down"
    room = odd.layers[1].down.numel() // 2
    assert widest_choice(odd, found, room) >= {"layers.1.down"}
    assert widest_choice(odd, found, 0) == frozenset()
    assert len(widest_choice(odd, found, 1 << 40)) == len(found)


def test_too_small_a_share_is_refused_and_the_rest_counted(dense: DenseWeights) -> None:
    recipe = Recipe(32, head_group_size=32)
    with pytest.raises(LeadsmanError, match="allow more"):
        spare_bytes(dense, recipe, 0.2, has_embedding=False)
    spare = spare_bytes(dense, recipe, 0.5, has_embedding=False)
    n_weights = dense.head.numel() + sum(
        getattr(layer, name).numel() for layer in dense.layers for name in MATRICES
    )
    # Half of 16 bits are 8; 4.5 are taken, and some rows of the embedding.
    rows = dense.embed.numel() / 32
    assert spare == pytest.approx(n_weights * 3.5 / 8 - rows, rel=0.01)
    wide = recipe.keeping_kinds(frozenset({"down"}), dense.config.n_layers)
    downs = sum(layer.down.numel() for layer in dense.layers)
    assert spare - spare_bytes(dense, wide, 0.5, has_embedding=False) == pytest.approx(
        downs * 3.5 / 8, rel=0.01
    )


def test_a_file_may_leave_the_embedding_to_the_head(
    tmp_path: Path, dense: DenseWeights, text: Tensor
) -> None:
    recipe = Recipe(32, head_group_size=32, symmetric=False)
    weights = quantize_calibrated(dense, recipe, text, CPU)
    rows = torch.tensor([3, 70, 291], dtype=torch.int32)
    kept = KeptRows(rows, *quantize_int8(weights.embed[rows.long()]))
    whole = write_packed(weights, tmp_path / "whole.safetensors")
    size = write_packed(weights, tmp_path / PACKED_NAME, kept)
    assert whole - size >= weights.embed.numel() * 2 - kept.codes.numel() - 1024
    back = open_packed(tmp_path / PACKED_NAME, CPU)
    assert not isinstance(back.head.weight, Tensor)
    expected = dequantize(back.head.weight).bfloat16()
    others = [i for i in range(len(expected)) if i not in rows]
    assert torch.equal(back.embed, kept.put_into(embedding_of(weights.head)))
    assert torch.equal(back.embed[others], expected[others])
    error, coarse = (
        (embed[rows.long()].float() - weights.embed[rows.long()].float()).norm()
        for embed in (back.embed, expected)
    )
    assert float(error) < 0.1 * float(coarse)
    decoder = GpuDecoder(back, 64)
    logits = decoder.score([Segment([5, 6], decoder.new_cache(8))]).logits
    expected = next(log_probs(dense_of(back), final_stream(dense_of(back), torch.tensor([[5, 6]]))))
    assert torch.allclose(logits[0].log_softmax(-1), expected[-1], atol=1e-3)


def test_two_roundings_of_one_matrix_are_told_from_two_matrices(dense: DenseWeights) -> None:
    rounded = (dense.embed * 8).round() / 8
    assert is_one_matrix(dense)
    noisy = replace(dense, head=dense.embed + 0.05 * (rounded - dense.embed))
    assert is_one_matrix(noisy)
    assert with_one_matrix(noisy).embed is noisy.head
    assert not is_one_matrix(replace(dense, head=dense.embed.flip(0)))
