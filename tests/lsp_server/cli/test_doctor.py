"""`leadsman doctor`: every verdict, and the report a script reads."""

from __future__ import annotations

import argparse
import json
from dataclasses import replace
from pathlib import Path

import pytest

from codegen.machine import Machine
from codegen.store.model import StoredModel
from lsp_server.cli import doctor

MACHINE = Machine(
    system="Linux x86_64",
    python="3.11.7",
    packages={"torch": "2.13.0", "triton": None},
    cores=2,
    memory_bytes=8 << 30,
    available_bytes=6 << 30,
    instruction_sets=("avx2", "avx512_bf16"),
    matmul_threads=2,
    gpu=None,
    paths={"linear": "kernels.torch_paths"},
    disk_free_bytes=50 << 30,
)
MODEL = StoredModel("m", "gguf", Path("m.gguf"), 1, "d", "MIT", "local", Path("c"))


def levels(machine: Machine, installed: list[StoredModel]) -> list[str]:
    return [verdict.level for verdict in doctor.examine(machine, installed)]


def test_a_good_machine_has_no_complaint() -> None:
    assert levels(MACHINE, [MODEL]) == ["ok", "ok"]


def test_no_model_is_a_problem_with_its_command() -> None:
    problem = doctor.examine(MACHINE, [])[0]
    assert problem.level == "problem"
    assert "leadsman model pull" in problem.remedy


@pytest.mark.parametrize(
    ("machine", "word"),
    [
        (replace(MACHINE, instruction_sets=("avx2",)), "emulated"),
        (replace(MACHINE, gpu="H200"), "H200"),
        (replace(MACHINE, available_bytes=1 << 30), "memory"),
    ],
)
def test_what_slows_down_is_noted(machine: Machine, word: str) -> None:
    notes = [v.what for v in doctor.examine(machine, [MODEL]) if v.level == "note"]
    assert any(word in note for note in notes)


def test_a_full_disk_matters_only_without_a_model() -> None:
    full = replace(MACHINE, disk_free_bytes=1 << 20)
    assert levels(full, []).count("problem") == 2
    assert "problem" not in levels(full, [MODEL])


def test_the_report_is_one_json_document(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEADSMAN_HOME", str(tmp_path))
    assert doctor.run(argparse.Namespace(json=True)) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["models"] == []
    assert report["machine"]["paths"]["attention"] == "kernels.torch_paths"
    assert doctor.run(argparse.Namespace(json=False)) == 1
    assert "leadsman model pull" in capsys.readouterr().out
