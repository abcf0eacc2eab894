"""Converting to int8: the same matrices that packing the whole would give."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from codegen.cpu.weights import open_int8
from codegen.engine import CancelToken
from codegen.errors import Cancelled
from codegen.loading import int8
from codegen.loading.convert import ensure_converted
from codegen.loading.readiness import WEIGHTS_NAME
from codegen.store.integrity import check_samples, verify_converted
from kernels.cpu.packing import Int8Matrix, pack_matrix, pack_pair
from tests import tiny_models


def same(found: Int8Matrix, expected: Int8Matrix) -> bool:
    return torch.equal(found.packed, expected.packed) and torch.equal(found.scale, expected.scale)


@pytest.mark.parametrize("block", [1, 4 << 20])
def test_the_file_holds_the_packed_matrices_in_whatever_blocks_it_was_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    monkeypatch.setattr(int8, "_BLOCK_ELEMENTS", block)
    theirs = tiny_models.write_model(tmp_path / "m", "llama-gqa").state_dict()
    model = tiny_models.stored(tmp_path / "m", tmp_path / "converted")
    config, found = open_int8(ensure_converted(model, dtype=torch.int8), 512)
    assert not config.tied_head
    assert same(found.embed, pack_matrix(theirs["model.embed_tokens.weight"]))
    assert same(found.head, pack_matrix(theirs["lm_head.weight"]))
    assert torch.equal(found.final_norm, theirs["model.norm.weight"])
    at = "model.layers.2."
    parts = [theirs[f"{at}self_attn.{p}_proj.weight"] for p in "qkv"]
    assert same(found.layers[2].qkv, pack_matrix(torch.cat(parts)))
    gate, up = (theirs[f"{at}mlp.{p}_proj.weight"] for p in ("gate", "up"))
    assert same(found.layers[2].gate_up, pack_pair(gate, up))
    assert same(found.layers[2].down, pack_matrix(theirs[f"{at}mlp.down_proj.weight"]))


def test_a_tied_head_is_kept_once(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "m", "qwen2")
    model = tiny_models.stored(tmp_path / "m", tmp_path / "converted")
    folder = ensure_converted(model, dtype=torch.int8)
    _, found = open_int8(folder, 512)
    assert found.head is found.embed
    raw = (folder / WEIGHTS_NAME).read_bytes()
    names = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    assert "head" not in names


def test_vectors_can_be_loaded_a_cache_line_at_a_time(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "m", "qwen2")
    model = tiny_models.stored(tmp_path / "m", tmp_path / "converted")
    _, found = open_int8(ensure_converted(model, dtype=torch.int8), 512)
    for layer in found.layers:
        for matrix in (layer.qkv, layer.out, layer.gate_up, layer.down):
            assert matrix.packed.data_ptr() % 16 == 0


def test_both_formats_lie_side_by_side_and_keep_their_digests(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "m", "qwen2")
    model = tiny_models.stored(tmp_path / "m", tmp_path / "converted")
    folders = [ensure_converted(model, dtype=dtype) for dtype in (torch.int8, torch.bfloat16)]
    assert [folder.name for folder in folders] == ["int8-v1", "bf16-v1"]
    for folder in folders:
        check_samples(folder)
        assert verify_converted(folder, lambda done, total: None)


def test_cancelling_in_the_middle_leaves_nothing(tmp_path: Path) -> None:
    tiny_models.write_model(tmp_path / "m", "qwen2")
    model = tiny_models.stored(tmp_path / "m", tmp_path / "converted")
    cancel = CancelToken()
    shares: list[float] = []

    def progress(stage: str, share: float) -> None:
        shares.append(share)
        if len(shares) == 5:
            cancel.cancel()

    with pytest.raises(Cancelled):
        ensure_converted(model, progress=progress, cancel=cancel, dtype=torch.int8)
    assert [path.suffix for path in model.converted_dir.iterdir()] == [".lock"]
    assert len(shares) == 5
