"""The CPU's bench: a whole run on a tiny model, and the lines for what cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from codegen import bench, bench_cpu
from codegen.cpu.contest import Case
from tests import tiny_models


def test_a_run_is_one_document_with_every_case(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEADSMAN_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(bench_cpu, "_QUICK", (Case(20), Case(3, 10)))
    tiny_models.write_model(tmp_path / "tiny", "qwen2")
    arguments = ["--device", "cpu", "--model", str(tmp_path / "tiny"), "--json", "--quick"]
    assert bench.main([*arguments, "--rounds", "2"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [engine["name"] for engine in document["engines"]] == ["leadsman int8"]
    assert [(case["n"], case["context"]) for case in document["cases"]] == [(20, None), (3, 10)]
    for case in document["cases"]:
        assert 0 < case["fastest_s"]["leadsman int8"] <= case["median_s"]["leadsman int8"]


def test_a_peer_that_cannot_be_run_is_one_line_and_the_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEADSMAN_HOME", str(tmp_path / "home"))
    tiny_models.write_model(tmp_path / "tiny", "qwen2")
    capsys.readouterr()
    peer = ["--peer", "llama.cpp", "--peer-python", "/no/such/python"]
    assert bench_cpu.main(["--model", str(tmp_path / "tiny"), *peer]) == 2
    assert capsys.readouterr().err == "/no/such/python cannot be run: No such file or directory\n"


def test_a_model_that_is_not_there_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LEADSMAN_HOME", str(tmp_path / "home"))
    assert bench_cpu.main(["--model", "no-such-model"]) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (["--peer", "openvino", "--peer-python", "p"], "--openvino-model FOLDER"),
        (["--peer", "llama.cpp"], "--peer-python PATH"),
        (["--rounds", "0"], "1 or more"),
    ],
)
def test_options_that_make_no_run_are_refused(
    arguments: list[str], what: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        bench_cpu.main(arguments)
    assert caught.value.code == 2
    assert what in capsys.readouterr().err
