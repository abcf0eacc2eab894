"""Where a model runs and on whose code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from codegen.choice import EngineChoice, open_chosen, resolve_device
from codegen.errors import LeadsmanError
from tests import tiny_models


def test_auto_is_the_cpu_where_there_is_no_gpu_and_a_named_device_is_itself(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert resolve_device("auto") == "cpu"
    assert [resolve_device("cpu"), resolve_device("cuda")] == ["cpu", "cuda"]
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    assert resolve_device("auto") == "cuda"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert resolve_device("auto") == "cpu"


def test_each_backend_opens_the_same_folder(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "tiny", "qwen2", sizes=tiny_models.PACKABLE)
    model = tiny_models.stored(tmp_path / "tiny", tmp_path / "converted")
    ours = open_chosen(model, EngineChoice("cpu"))
    theirs = open_chosen(model, EngineChoice("cpu", "transformers"))
    assert ours.info.weights == "int8"
    assert theirs.info.weights == "bfloat16, transformers"
    with pytest.raises(LeadsmanError, match="--backend transformers"):
        open_chosen(model, EngineChoice("cpu", load_in_4bit=True))


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_a_gpu_that_is_asked_for_and_not_there_is_one_line(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "tiny", "qwen2", sizes=tiny_models.PACKABLE)
    model = tiny_models.stored(tmp_path / "tiny", tmp_path / "converted")
    with pytest.raises(LeadsmanError, match="no CUDA device"):
        open_chosen(model, EngineChoice("cuda"))


def test_choosing_imports_no_torch() -> None:
    code = (
        "import sys, codegen.choice, lsp_server.cli.engine_arguments; print('torch' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "False\n"
