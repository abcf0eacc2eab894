"""Which decoder a CPU gets, and why."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from codegen.cpu.decoder import CpuDecoder
from codegen.cpu.opening import cpu_dtype, open_cpu_decoder
from codegen.decoder import DenseDecoder
from codegen.errors import LeadsmanError
from codegen.loading.convert import ensure_converted
from kernels.cpu import library
from tests import tiny_models


@pytest.fixture
def without_library(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    library.library.cache_clear()
    monkeypatch.setenv("LEADSMAN_CPU_LIBRARY", str(tmp_path / "none.so"))
    yield
    library.library.cache_clear()


def test_int8_is_the_default_and_bf16_can_be_asked_for(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "m", "qwen2")
    model = tiny_models.stored(tmp_path / "m", tmp_path / "converted")
    for asked, kind in ((None, CpuDecoder), ("int8", CpuDecoder), ("bf16", DenseDecoder)):
        dtype = cpu_dtype(asked)
        decoder = open_cpu_decoder(ensure_converted(model, dtype=dtype), dtype, 512)
        assert isinstance(decoder, kind)
        assert decoder.weights_name == {CpuDecoder: "int8", DenseDecoder: "bfloat16"}[kind]


def test_a_format_of_the_gpu_is_one_clear_line() -> None:
    with pytest.raises(LeadsmanError, match="a CPU runs weights of int8 or bf16, not of 'int4'"):
        cpu_dtype("int4")


@pytest.mark.usefixtures("without_library")
def test_without_the_library_bf16_answers_and_int8_says_what_is_missing() -> None:
    assert cpu_dtype() == torch.bfloat16
    with pytest.raises(LeadsmanError, match=r"python -m kernels\.cpu\.build"):
        cpu_dtype("int8")
