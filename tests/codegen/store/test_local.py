"""Models that stay where the user has them."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFWriter

from codegen.engine import CancelToken
from codegen.errors import Cancelled, ModelFileError, ModelNotFound
from codegen.store.model import StoredModel
from codegen.store.progress import Silent
from codegen.store.store import Store


def pull(store: Store, ref: Path | str) -> StoredModel:
    return store.pull(str(ref), accept_license=lambda *_: False, progress=Silent())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "home", catalog=[])


@pytest.fixture
def gguf(tmp_path: Path) -> Path:
    """A real GGUF file with one tensor."""
    path = tmp_path / "my modell ü.gguf"
    writer = GGUFWriter(path, "llama")
    writer.add_tensor("x", np.ones((2, 32), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A safetensors folder with a pickle beside."""
    path = tmp_path / "folder"
    path.mkdir()
    header = json.dumps({"w": {"dtype": "U8", "shape": [9], "data_offsets": [0, 9]}}).encode()
    weights = struct.pack("<Q", len(header)) + header + b"123456789"
    (path / "model.safetensors").write_bytes(weights)
    for name in ("config.json", "tokenizer.json", "pytorch_model.bin"):
        (path / name).write_text("{}")
    return path


def test_a_file_is_registered_where_it_is_and_not_copied(store: Store, gguf: Path) -> None:
    model = pull(store, gguf)
    assert (model.path, model.source, model.bytes) == (gguf, "local", gguf.stat().st_size)
    assert model.name == "local:my-modell"
    assert len(bytes.fromhex(model.digest)) == 32
    assert store.find(model.name) == store.find(str(gguf)) == model
    assert store.installed() == [model]
    assert not list(store.root.rglob("*.gguf"))


def test_a_path_needs_no_pull_and_has_a_cheap_digest_of_its_own(store: Store, gguf: Path) -> None:
    model = store.find(str(gguf))
    assert model.digest.startswith("local-")
    assert model.digest in model.converted_dir.name
    assert not store.root.exists()
    os.utime(gguf, ns=(1, 1))
    assert store.find(str(gguf)).digest != model.digest


def test_a_folder_counts_its_own_files_and_no_pickle(store: Store, folder: Path) -> None:
    before = pull(store, folder)
    assert (before.format, before.path) == ("safetensors", folder)
    (folder / "pytorch_model.bin").write_bytes(b"other bytes")
    assert store.find(before.name) == before
    (folder / "config.json").write_text('{"a": 1}')
    assert pull(store, folder).digest != before.digest


@pytest.mark.parametrize("change", ["moved", "grown", "rewritten"])
def test_a_file_that_changed_since_gives_one_line_and_can_be_pulled_again(
    store: Store, gguf: Path, change: str
) -> None:
    model = pull(store, gguf)
    original = gguf.read_bytes()
    if change == "moved":
        gguf.unlink()
    else:
        gguf.write_bytes(original + b"0" if change == "grown" else original)
        os.utime(gguf, ns=(1, 1))
    with pytest.raises(ModelNotFound, match="leadsman model pull") as raised:
        store.find(model.name)
    assert "\n" not in str(raised.value)
    assert store.installed() == []
    gguf.write_bytes(original)
    assert pull(store, gguf).digest == model.digest


def test_two_files_of_one_name_get_two_names(store: Store, gguf: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    twin = tmp_path / "other" / gguf.name
    twin.write_bytes(gguf.read_bytes())
    names = {pull(store, gguf).name, pull(store, twin).name, pull(store, twin).name}
    assert len(names) == 2
    assert {store.find(name).path for name in names} == {gguf, twin}


def test_removing_forgets_the_file_but_leaves_it(store: Store, gguf: Path) -> None:
    model = pull(store, gguf)
    model.converted_dir.mkdir(parents=True)
    (model.converted_dir / "weights").write_bytes(bytes(100_000))
    assert 100_000 < store.remove(str(gguf)) < 101_000
    assert gguf.is_file()
    assert store.installed() == []


@pytest.mark.parametrize("damage", ["empty", "cut", "not gguf", "absurd counts"])
def test_a_damaged_gguf_is_not_registered(store: Store, gguf: Path, damage: str) -> None:
    gguf.write_bytes(
        {
            "empty": b"",
            "cut": gguf.read_bytes()[:-8],
            "not gguf": b"PK" + gguf.read_bytes(),
            "absurd counts": b"GGUF" + struct.pack("<IQQ", 3, 1 << 62, 1 << 62) + bytes(100),
        }[damage]
    )
    with pytest.raises(ModelFileError, match="my modell"):
        pull(store, gguf)
    assert store.installed() == []


@pytest.mark.parametrize(
    "weights",
    [
        b"",
        b"1234567",
        struct.pack("<Q", 1 << 60) + b"{}",
        struct.pack("<Q", 2) + b"{]",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 2) + b"{}" + b"more",
        struct.pack("<Q", 8) + b'{"w": 1}',
        struct.pack("<Q", 32) + b'{"w": {"data_offsets": [0, 9e9]}}'[:32],
        struct.pack("<Q", 100_000) + b"[" * 100_000,
    ],
)
def test_damaged_safetensors_are_not_registered(store: Store, folder: Path, weights: bytes) -> None:
    (folder / "model.safetensors").write_bytes(weights)
    with pytest.raises(ModelFileError, match=r"model\.safetensors"):
        pull(store, folder)
    assert store.installed() == []


def test_what_is_no_model_is_named(store: Store, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "model.pt").write_bytes(b"\x80\x04")
    with pytest.raises(ModelNotFound, match=r"only GGUF files and safetensors folders"):
        pull(store, tmp_path / "model.pt")
    with pytest.raises(ModelNotFound, match="does not exist"):
        pull(store, tmp_path / "none.gguf")
    with pytest.raises(ModelNotFound, match="neither a regular file nor a folder"):
        pull(store, os.devnull)
    (folder / "config.json").unlink()
    with pytest.raises(ModelNotFound, match=r"it has no config\.json;"):
        store.find(str(folder))


def test_hashing_can_be_cancelled(store: Store, gguf: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        store.pull(str(gguf), accept_license=lambda *_: False, progress=Silent(), cancel=cancel)
    assert store.installed() == []
