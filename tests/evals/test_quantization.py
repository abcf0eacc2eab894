"""A packed model against the verdicts of the one that it was made of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from codegen.gpu.packed_weights import Packer, pack_weights
from codegen.loading.convert import ensure_converted
from codegen.loading.weights import open_weights
from codegen.quantize.packed_file import PACKED_NAME, write_packed
from codegen.tokenizer import Tokenizer
from evals.errors import GateError
from evals.quantization import Loss, loss, main
from tests import tiny_models


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("models")
    sizes = tiny_models.PACKABLE | {"max_position_embeddings": 4096}
    tiny_models.write_model(root / "tiny", "qwen2", sizes=sizes)
    converted = ensure_converted(tiny_models.stored(root / "tiny", root / "converted"))
    out = root / "packed"
    out.mkdir()
    weights = pack_weights(open_weights(converted), Packer("int4", 32), torch.device("cpu"))
    write_packed(weights, out / PACKED_NAME)
    Tokenizer.load(converted).save(out)
    return out


def test_a_loss_names_the_tasks_that_changed() -> None:
    before = {"a": True, "b": True, "c": False, "d": False, "e": True}
    found = loss("x", before, {"a": True, "b": False, "c": True, "d": False})
    assert found == Loss("x", 4, 2, 2, ("b",), ("c",))
    assert found.kept == 1.0
    assert loss("x", before, {"a": False, "b": True}).kept == 0.5
    assert loss("x", before, {"c": False}).kept == 1.0
    with pytest.raises(GateError, match="has no f"):
        loss("x", before, {"a": True, "f": True})


def test_a_model_that_knows_nothing_has_lost_what_bf16_solves(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [str(folder), "--limit", "2", "--run-dir", str(tmp_path), "--quiet", "--json"]
    assert main(arguments) == 1
    document = json.loads(capsys.readouterr().out)
    answers, holes = document["evals"]
    assert (answers["eval"], holes["eval"]) == ("humaneval", "infilling")
    assert answers["tasks"] == holes["tasks"] == 2
    assert answers["packed"] == 0 < answers["bf16"]
    assert len(answers["lost"]) == answers["bf16"]
    assert document["bytes"] == (folder / PACKED_NAME).stat().st_size
    # What was generated is kept: a second run finds the samples and judges the same.
    kept = {path: path.read_bytes() for path in tmp_path.glob("*.jsonl")}
    assert len(kept) == 2
    assert main([each for each in arguments if each != "--json"]) == 1
    assert "humaneval: 0 of 2 tasks" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in tmp_path.glob("*.jsonl")} == kept


def test_what_is_missing_is_one_line_and_exit_2(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(tmp_path), "--run-dir", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert main([str(folder), "--baselines", str(tmp_path)]) == 2
    assert "there is no baseline" in capsys.readouterr().err
