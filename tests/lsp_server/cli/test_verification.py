"""Reading all of a model's bytes again, which no start does."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from codegen.loading.convert import ensure_converted
from codegen.loading.readiness import WEIGHTS_NAME
from codegen.store.integrity import RECORDS_NAME
from codegen.store.model import StoredModel
from codegen.store.progress import Silent
from codegen.store.store import Store
from lsp_server.cli import main
from tests import tiny_checkpoints


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StoredModel:
    """A model that was pulled from where it lies."""
    monkeypatch.setenv("LEADSMAN_HOME", str(tmp_path / "home"))
    path = tiny_checkpoints.write_gguf(tmp_path / "m.gguf")
    return Store().pull(str(path), accept_license=lambda *_: False, progress=Silent())


def flip(path: Path) -> None:
    """Changes one bit and neither the size nor the time of a file."""
    before = path.stat()
    raw = bytearray(path.read_bytes())
    raw[-1] ^= 1
    path.write_bytes(raw)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def verified(capsys: pytest.CaptureFixture[str], ref: str) -> tuple[int, dict[str, Any]]:
    code = main(["model", "show", ref, "--verify", "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_a_sound_model_is_ok_before_and_after_its_first_start(
    model: StoredModel, capsys: pytest.CaptureFixture[str]
) -> None:
    code, row = verified(capsys, model.name)
    assert (code, row["files"], row["is_sound"]) == (0, "ok", True)
    assert row["converted"].startswith("not made yet")
    ensure_converted(model)
    code, row = verified(capsys, model.name)
    assert (code, row["files"], row["converted"]) == (0, "ok", "ok")


def test_one_flipped_bit_of_the_model_is_found(
    model: StoredModel, capsys: pytest.CaptureFixture[str]
) -> None:
    flip(model.path)
    code, row = verified(capsys, model.name)
    assert (code, row["is_sound"]) == (1, False)
    assert f"{model.path} is damaged" in row["files"]


@pytest.mark.parametrize("is_gone", [True, False])
def test_one_flipped_bit_of_the_converted_weights_is_found_and_a_lost_file(
    model: StoredModel, capsys: pytest.CaptureFixture[str], is_gone: bool
) -> None:
    folder = ensure_converted(model)
    if is_gone:
        (folder / "tokenizer_bpe.json").unlink()
    else:
        flip(folder / WEIGHTS_NAME)
    code, row = verified(capsys, model.name)
    assert (code, row["files"]) == (1, "ok")
    assert "cannot be read" in row["converted"] if is_gone else "is damaged" in row["converted"]
    assert f"delete {folder}" in row["converted"]


@pytest.mark.parametrize("record", [None, b"{", b"[]", b'{"weights.safetensors": 7}'])
def test_weights_of_which_nothing_was_written_down_are_no_failure(
    model: StoredModel, capsys: pytest.CaptureFixture[str], record: bytes | None
) -> None:
    folder = ensure_converted(model)
    if record is None:
        (folder / RECORDS_NAME).unlink()
    else:
        (folder / RECORDS_NAME).write_bytes(record)
    code, row = verified(capsys, model.name)
    assert code == 0
    assert "before checksums were kept" in row["converted"]


def test_a_path_that_was_never_pulled_has_nothing_to_compare_with(
    model: StoredModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tiny_checkpoints.write_gguf(tmp_path / "other.gguf")
    code, row = verified(capsys, str(other))
    assert (code, row["files"]) == (0, "never pulled, so nothing to compare with")
    assert main(["model", "show", model.name, "--verify"]) == 0
    captured = capsys.readouterr()
    assert "files:     ok" in captured.out
    assert "100%" in captured.err
