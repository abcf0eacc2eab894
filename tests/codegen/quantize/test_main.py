"""Quantising a model: the file, what the engine makes of it, the report and the refusals."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from codegen.decoder import Segment
from codegen.errors import ModelFileError, StoreError
from codegen.gpu.decoder import GpuDecoder
from codegen.gpu.packed_weights import Format, PackedWeights, Packer, pack_weights
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import DenseWeights, open_weights
from codegen.quantize import __main__ as module
from codegen.quantize import asked, making, tuning_texts
from codegen.quantize.packed_file import PACKED_NAME, open_packed, write_packed
from codegen.quantize.report import matrix_errors, meaning
from codegen.quantize.texts import written_ids
from codegen.quantize.tuning import tuned
from codegen.store.model import StoredModel
from codegen.store.store import Store
from tests import tiny_checkpoints, tiny_models

CPU = torch.device("cpu")


@pytest.fixture
def stored(tmp_path: Path) -> StoredModel:
    tiny_models.write_model(tmp_path / "tiny", "qwen2", sizes=tiny_models.PACKABLE)
    return tiny_models.stored(tmp_path / "tiny", tmp_path / "converted")


@pytest.fixture
def dense(stored: StoredModel) -> DenseWeights:
    return open_weights(ensure_converted(stored))


def packed(dense: DenseWeights, kind: Format) -> PackedWeights:
    return pack_weights(dense, Packer(kind, 32), CPU)


@pytest.mark.parametrize("kind", ["int4", "int8", "bf16"])
def test_what_was_written_decodes_to_the_same_bits(
    tmp_path: Path, dense: DenseWeights, kind: Format
) -> None:
    weights = packed(dense, kind)
    write_packed(weights, tmp_path / PACKED_NAME)
    back = open_packed(tmp_path / PACKED_NAME, CPU)
    scores = []
    for each in (weights, back):
        decoder = GpuDecoder(each, 64)
        scores.append(decoder.score([Segment([5, 6, 7], decoder.new_cache(8))]).logits)
    assert torch.equal(scores[0], scores[1])
    assert back.kind == kind
    assert not list(tmp_path.glob("*.partial"))


def test_errors_are_those_of_the_bits(dense: DenseWeights) -> None:
    four, eight, sixteen = (
        list(matrix_errors(dense, packed(dense, kind))) for kind in ("int4", "int8", "bf16")
    )
    assert len(four) == 4 * dense.config.n_layers + 1
    assert all(0.05 < error.relative_error < 0.2 for error in four[:-1])
    assert all(0.001 < error.relative_error < 0.02 for error in eight)
    assert all(error.relative_error == 0 for error in sixteen)
    assert four[0].bits_per_weight == pytest.approx(4.5)
    # The head of a 4-bit model keeps eight.
    assert four[-1] == eight[-1]


def test_the_packed_matrix_stands_for_the_one_it_was_made_of(dense: DenseWeights) -> None:
    layer, source = packed(dense, "int8").layers[1], dense.layers[1]
    for projection, matrix in ((layer.qkv, source.qkv), (layer.gate_up, source.gate_up)):
        assert projection.n_pairs > 0
        error = (meaning(projection) - matrix.float()).norm() / matrix.float().norm()
        assert float(error) < 0.02


def test_the_command_writes_a_folder_and_reports(
    tmp_path: Path,
    stored: StoredModel,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Store, "find", lambda self, name: stored)
    out = tmp_path / "out"
    arguments = ["tiny", "--to", "int4", "--group", "32", "--out", str(out)]
    assert module.main([*arguments, "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["bytes"] == (out / PACKED_NAME).stat().st_size
    assert len(report["matrices"]) == 13
    # Nothing rounded, to compare with: the same numbers in a file of the same kind.
    whole = tmp_path / "whole"
    assert module.main(["tiny", "--to", "bf16", "--out", str(whole), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert all(matrix["relative_error"] == 0 for matrix in report["matrices"])
    assert open_packed(whole / PACKED_NAME, CPU).kind == "bf16"
    assert module.main(arguments) == 0
    assert "the largest:" in capsys.readouterr().out


def test_the_command_calibrates_mixes_and_measures(
    tmp_path: Path,
    stored: StoredModel,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Store, "find", lambda self, name: stored)
    for name in ("CALIBRATION", "SENSITIVITY", "MEASURED"):
        monkeypatch.setattr(making, f"_{name}_SEQUENCES", 2)
    monkeypatch.setattr(tuning_texts, "_TUNING_SEQUENCES", 2)
    out = tmp_path / "out"
    arguments = ["tiny", "--to", "int4", "--group", "32", "--calibrated", "--head-group", "32"]
    arguments += ["--zero-points", "--wide", "out", "--tune", "1", "--at-most", "0.4"]
    arguments += ["--measure", "--out", str(out)]
    assert module.main([*arguments, "--json"]) == 0
    said = capsys.readouterr()
    report = json.loads(said.out)
    assert "quality_before_tuning: perplexity" in said.err
    assert report["quality_before_tuning"]["divergence"] != report["quality"]["divergence"]
    # All of `out`, and what there was room for besides.
    assert {f"layers.{i}.out" for i in range(3)} < set(report["wide"])
    # Norms and biases, a small thing in a real model, are not counted for the share.
    assert report["share"] < 0.46
    assert report["recipe"]["symmetric"] is False
    assert report["quality"]["divergence"] > 0
    assert not any(name == "embed" for name in load_file(out / PACKED_NAME))
    assert module.main(arguments) == 0
    assert "the same next token in" in capsys.readouterr().out
    assert module.main([*arguments[:-5], "--at-most", "0.1", "--out", str(out)]) == 2
    assert "allow more" in capsys.readouterr().err


def test_the_command_tunes_on_what_the_source_writes(
    tmp_path: Path,
    stored: StoredModel,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Store, "find", lambda self, name: stored)
    monkeypatch.setattr(making, "_CALIBRATION_SEQUENCES", 2)
    monkeypatch.setattr(tuning_texts, "_TUNING_SEQUENCES", 2)
    monkeypatch.setattr(tuning_texts, "_OWN_FUNCTIONS", 3)
    monkeypatch.setattr(asked, "_ANSWER_TOKENS", 16)
    monkeypatch.setattr(asked, "_HOLE_TOKENS", 4)
    monkeypatch.setattr(making, "_STEPS_A_LINE", 2)
    written: list[torch.Tensor] = []
    read: list[torch.Tensor] = []

    def noted(*arguments: Any) -> torch.Tensor:
        written.append(written_ids(*arguments))
        return written[-1]

    def followed(*arguments: Any) -> PackedWeights:
        read.append(arguments[2])
        return tuned(*arguments)

    monkeypatch.setattr(tuning_texts, "written_ids", noted)
    monkeypatch.setattr(making, "tuned", followed)
    arguments = ["tiny", "--to", "int4", "--group", "32", "--calibrated", "--tune", "2"]
    assert module.main([*arguments, "--own-texts", "--out", str(tmp_path / "own"), "--json"]) == 0
    said = capsys.readouterr()
    assert "tuning, step 2: divergence " in said.err
    assert json.loads(said.out)["tuning"] == {"steps": 2, "own_texts": True}
    (own,), (text,) = written, read
    assert len(own) >= 1
    assert text.shape == (2 + len(own), 512)
    assert {tuple(row) for row in own.tolist()} < {tuple(row) for row in text.tolist()}


def test_the_report_of_a_gguf_states_what_its_blocks_lose(
    tmp_path: Path,
    stored: StoredModel,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    converted = ensure_converted(stored)
    tiny_checkpoints.write_gguf(tmp_path / "m.gguf")
    model = replace(stored, format="gguf", path=tmp_path / "m.gguf")
    monkeypatch.setattr(Store, "find", lambda self, name: model)
    # Only the report looks at the file here; the weights are the other model's.
    monkeypatch.setattr(making, "ensure_converted", lambda model: converted)
    assert module.main(["tiny", "--to", "int8", "--out", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "blocks of the GGUF, with what bf16 takes away: F32 " in said
    assert "a step reads " in said


def test_nf4_is_a_folder_of_its_own_and_options_of_int4_are_refused(
    tmp_path: Path,
    stored: StoredModel,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(Store, "find", lambda self, name: stored)
    out = tmp_path / "nf4"
    assert module.main(["tiny", "--to", "nf4", "--out", str(out), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert report["bytes"] == (out / "model.safetensors").stat().st_size
    assert module.main(["tiny", "--to", "nf4", "--zero-points", "--out", str(out)]) == 2
    assert "for --to int4" in capsys.readouterr().err
    for wrong in (["--wide", "qkv"], ["--tune", "3"]):
        assert module.main(["tiny", "--to", "int4", *wrong, "--out", str(out)]) == 2
        assert "go with --calibrated" in capsys.readouterr().err
    arguments = ["tiny", "--to", "int4", "--calibrated", "--own-texts", "--out", str(out)]
    assert module.main(arguments) == 2
    assert "goes with --tune" in capsys.readouterr().err
    arguments = ["tiny", "--to", "int4", "--calibrated", "--tune", "-1", "--out", str(out)]
    assert module.main(arguments) == 2
    assert "not -1" in capsys.readouterr().err


def test_a_model_that_is_not_there_is_one_line_and_exit_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def find(self: object, name: str) -> StoredModel:
        raise StoreError(f"no model {name}")

    monkeypatch.setattr(Store, "find", find)
    assert module.main(["nothing", "--to", "int8", "--out", str(tmp_path / "out")]) == 2
    assert capsys.readouterr().err == "no model nothing\n"
    assert not (tmp_path / "out").exists()


def test_damaged_files_are_refused_before_a_kernel_reads_them(
    tmp_path: Path, dense: DenseWeights
) -> None:
    path = tmp_path / PACKED_NAME
    write_packed(packed(dense, "int4"), path)
    from safetensors import safe_open

    with safe_open(str(path), framework="pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)

    def refused(match: str) -> None:
        with pytest.raises(ModelFileError, match=match):
            open_packed(path, CPU)

    save_file(tensors | {"layers.0.qkv.words": tensors["layers.0.qkv.words"][:1]}, path, metadata)
    refused("other sizes")
    save_file({k: v for k, v in tensors.items() if k != "head.scales"}, path, metadata)
    refused("incomplete")
    kept = {
        "embed.rows": torch.tensor([0, 99_999], dtype=torch.int32),
        "embed.codes": torch.zeros(2, 64, dtype=torch.uint8),
        "embed.scales": torch.ones(2).bfloat16(),
    }
    save_file({k: v for k, v in tensors.items() if k != "embed"} | kept, path, metadata)
    refused("rows of its embedding")
    save_file(tensors | {"head.scales": tensors["head.scales"].float()}, path, metadata)
    refused("other sizes")
    save_file(tensors, path, metadata | {"matrices": "[1]"})
    refused("cannot be read")
    save_file(tensors, path, {"format": "pt"})
    refused("not a file of packed weights")
    path.write_bytes(b"\x00" * 20)
    refused("damaged")
